// The addresses of the API in the shape that openapi-typescript writes. Written by hand from the contract until
// `docs/openapi.json` exists; then `npm run generate` in tools/openapi replaces this file and nothing else changes.
import type * as shape from './shape.ts';

type Parameters<Path, Query> = { query?: Query; header?: never; cookie?: never } & ([Path] extends [never] ? { path?: never } : { path: Path });
type Answers<Code extends number, Body> = { [code in Code]: { headers: Record<string, unknown>; content: Content<Body> } };
type Content<Body> = [Body] extends [never] ? never : { 'application/json': Body };
type Ask<Answer, Query = never, Path = never, Code extends number = 200> = {
  parameters: Parameters<Path, Query>;
  requestBody?: never;
  responses: Answers<Code, Answer>;
};
type Tell<Body, Answer, Path = never, Code extends number = 200, Query = never> = {
  parameters: Parameters<Path, Query>;
  requestBody: { content: { 'application/json': Body } };
  responses: Answers<Code, Answer>;
};

type Paging = { cursor?: string; limit?: number };
type OneDevice = { device: string };

export interface paths {
  '/api/v1/setup/begin': { post: Tell<{ link: string }, shape.SetupOffer> };
  '/api/v1/setup/finish': { post: Tell<{ link: string; email: string; password: string; totp_code: string; language?: 'en' | 'pl' }, never, never, 204> };
  '/api/v1/session': {
    get: Ask<shape.Session>;
    post: Tell<{ email: string; password: string; totp_code: string }, never, never, 204>;
    delete: Ask<never, never, never, 204>;
  };
  '/api/v1/devices': {
    get: Ask<
      shape.Page<shape.Device>,
      Paging & { q?: string; status?: string; group?: string; label?: string; os?: string; selector?: string; sort?: string }
    >;
  };
  '/api/v1/devices/summary': { get: Ask<shape.DeviceSummary> };
  '/api/v1/devices/{device}': {
    get: Ask<shape.Device, never, OneDevice>;
    patch: Tell<{ labels: Record<string, string> }, shape.Device, OneDevice>;
  };
  '/api/v1/devices/{device}/retire': { post: Ask<shape.Device, never, OneDevice> };
  '/api/v1/devices/{device}/restore': { post: Ask<shape.Device, never, OneDevice> };
  '/api/v1/devices/{device}/packages': { get: Ask<shape.InstalledPackages, Paging & { q?: string; pending?: string }, OneDevice> };
  '/api/v1/devices/{device}/history': { get: Ask<shape.Page<shape.HistoryEntry>, Paging, OneDevice> };
  '/api/v1/devices/{device}/updates': { get: Ask<shape.PendingUpdates, never, OneDevice> };
  '/api/v1/devices/{device}/state': { get: Ask<shape.SentState, never, OneDevice> };
  '/api/v1/devices/{device}/receipts': { get: Ask<shape.Page<shape.Receipt>, Paging, OneDevice> };
  '/api/v1/devices/{device}/vulnerabilities': { get: Ask<shape.DeviceFindings, never, OneDevice> };
  '/api/v1/groups': { get: Ask<shape.Page<shape.DeviceGroup>, Paging> };
  '/api/v1/packages': { get: Ask<shape.Page<shape.FleetPackage>, Paging & { q?: string }> };
  '/api/v1/packages/{manager}/{name}': { get: Ask<shape.PackageVersions, never, { manager: string; name: string }> };
  '/api/v1/packages/{manager}/{name}/devices': {
    get: Ask<shape.Page<{ device: string; name?: string | null; versions: string[] }>, Paging & { version?: string }, { manager: string; name: string }>;
  };
  '/api/v1/updates/summary': { get: Ask<shape.UpdatesSummary> };
  '/api/v1/vulnerabilities': { get: Ask<shape.Findings, Paging & { q?: string; kev?: boolean; sort?: string }> };
  '/api/v1/vulnerabilities/packages': { get: Ask<shape.Page<shape.VulnerablePackage>, Paging> };
  '/api/v1/vulnerabilities/exposure/history': { get: Ask<shape.ExposureDay[], { days?: number }> };
  '/api/v1/vulnerabilities/{cve}': { get: Ask<shape.FindingDetail, never, { cve: string }> };
  '/api/v1/vulnerabilities/{cve}/devices': { get: Ask<shape.Page<shape.ExposedDevice>, Paging, { cve: string }> };
  '/api/v1/feeds': { get: Ask<shape.Page<shape.Feed>> };
  '/api/v1/feeds/{feed}': { put: Tell<{ enabled: boolean }, never, { feed: string }, 204> };
  '/api/v1/feeds/{feed}/fetch': { post: Ask<never, never, { feed: string }, 202> };
  '/api/v1/tokens': { get: Ask<shape.Page<shape.Token>, Paging>; post: Tell<shape.NewToken, shape.Token & { secret: string }, never, 201> };
  '/api/v1/tokens/{token}': { delete: Ask<never, never, { token: string }, 204> };
  '/api/v1/enrolment-tokens': {
    get: Ask<shape.Page<shape.EnrolmentToken>, Paging>;
    post: Tell<
      { name: string; expires_at: string; uses_max?: number },
      shape.EnrolmentToken & { secret: string; command: string },
      never,
      201
    >;
  };
  '/api/v1/enrolment-tokens/{enrolment_token}': { delete: Ask<never, never, { enrolment_token: string }, 204> };
  '/api/v1/settings': { get: Ask<shape.TenantSettings>; patch: Tell<Partial<shape.TenantSettings>, shape.TenantSettings> };
}
