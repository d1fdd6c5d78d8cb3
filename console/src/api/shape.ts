// The console's nouns, as the API gives them: each is named once here, by the address that answers with it.
import type { paths } from './types.d.ts';

type Answer<Call> = Call extends { responses: { 200: { content: { 'application/json': infer Body } } } } ? Body : never;
type Get<Path extends keyof paths> = paths[Path] extends { get: infer Call } ? Answer<Call> : never;
type Post<Path extends keyof paths> = paths[Path] extends { post: infer Call } ? Answer<Call> : never;
type Sent<Call> = Call extends { requestBody: { content: { 'application/json': infer Body } } } ? Body : never;
type Item<Body> = Body extends { items: (infer One)[] } ? One : never;

/** A page of a list. */
export interface Page<T> {
  items: T[];
  next?: string | null;
}

/** A failure, RFC 9457. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  field?: string;
  request?: string;
}

export type Session = Get<'/api/v1/session'>;
export type Person = Item<Get<'/api/v1/people'>>;
export type RoleOnDevices = Person['roles'][number];
export type RoleName = RoleOnDevices['role'];
/** A role, and what it may do. */
export type RoleOffer = Item<Get<'/api/v1/roles'>>;
export type Invitation = Item<Get<'/api/v1/invitations'>>;
/** Somebody who may see a device. */
export type Seer = Item<Get<'/api/v1/devices/{device}/people'>>;
export type PasswordRules = Session['password_rules'];
export type OwnSession = Item<Get<'/api/v1/account/sessions'>>;
export type Happened = Item<Get<'/api/v1/account/history'>>;
export type Passkey = Item<Get<'/api/v1/account/passkeys'>>;
/** Whether passkeys work at this server. */
export type PasskeySignIn = Get<'/api/v1/session/passkey'>;
/** What an authenticator is to sign. */
export type PasskeyQuestion = Post<'/api/v1/session/passkey/begin'>;
/** What an authenticator is to make. */
export type PasskeyOffer = Post<'/api/v1/account/passkeys/begin'>;
/** A provider by which people sign in. */
export type SignOnProvider = Item<Get<'/api/v1/sign-on/providers'>>;
/** What may be changed of one. */
export type ProviderRules = Sent<paths['/api/v1/sign-on/providers']['post']>['rules'];
/** How the organisation's directory stands. */
export type Directory = Get<'/api/v1/directory'>;
export type PeopleGroup = Item<Get<'/api/v1/people/groups'>>;
export type SetupOffer = Post<'/api/v1/setup/begin'>;

export type Device = Get<'/api/v1/devices/{device}'>;
export type DeviceStatus = Device['status'];
export type Os = NonNullable<Device['os']>;
export type DeviceSummary = Get<'/api/v1/devices/summary'>;
export type DeviceGroup = Item<Get<'/api/v1/groups'>>;

export type InstalledPackages = Get<'/api/v1/devices/{device}/packages'>;
export type InstalledPackage = Item<InstalledPackages>;
export type PackageManager = InstalledPackage['manager'];
export type NotCollectedReason = NonNullable<InstalledPackages['reason']>;
export type DeviceGap = Item<Get<'/api/v1/devices/{device}/gaps'>>;
export type HistoryEntry = Item<Get<'/api/v1/devices/{device}/history'>>;
export type PendingUpdates = Get<'/api/v1/devices/{device}/updates'>;
export type PendingUpdate = Item<PendingUpdates>;
export type SentState = Get<'/api/v1/devices/{device}/state'>;
export type Receipt = Item<Get<'/api/v1/devices/{device}/receipts'>>;

/** A kind of data that a host can switch off. */
export type Kind = 'host-name' | 'os' | 'kernel' | 'hardware' | 'network' | 'packages' | 'updates';

export type FleetPackage = Item<Get<'/api/v1/packages'>>;
export type PackageVersions = Get<'/api/v1/packages/{manager}/{name}'>;
export type PackageOwner = Item<Get<'/api/v1/packages/{manager}/{name}/devices'>>;
export type UpdatesSummary = Get<'/api/v1/updates/summary'>;

export type Findings = Get<'/api/v1/vulnerabilities'>;
export type Finding = Item<Findings>;
export type Coverage = Findings['coverage'];
export type Severity = Finding['severity'];
export type FindingDetail = Get<'/api/v1/vulnerabilities/{cve}'>;
export type ExposedDevice = Item<Get<'/api/v1/vulnerabilities/{cve}/devices'>>;
export type VulnerablePackage = Item<Get<'/api/v1/vulnerabilities/packages'>>;
export type DeviceFindings = Get<'/api/v1/devices/{device}/vulnerabilities'>;
export type DeviceFinding = Item<DeviceFindings>;
export type ExposureDay = Get<'/api/v1/vulnerabilities/exposure/history'>[number];

export type Feed = Item<Get<'/api/v1/feeds'>>;
export type ImportReport = Post<'/api/v1/feeds/import'>;

export type Checkpoint = Get<'/api/v1/ledger/checkpoint'>;
export type Leaf = Item<Get<'/api/v1/ledger/leaves'>>;

export type Erasure = Item<Get<'/api/v1/erasures'>>;
export type Export = Item<Get<'/api/v1/exports'>>;
export type PublicTrust = Get<'/api/v1/trust'>;
export type PromiseStanding = PublicTrust['promises'][number];
export type StoredTable = PublicTrust['tables'][number];
export type SignedPolicy = Get<'/api/v1/trust/policy'>;
export type RetentionList = Get<'/api/v1/trust/retention'>;
export type RetainedTable = RetentionList['tables'][number];
export type SubProcessor = Get<'/api/v1/trust/sub-processors'>['sub_processors'][number];
export type OwnTrust = Get<'/api/v1/trust/tenant'>;

export type Token = Item<Get<'/api/v1/tokens'>>;
export type NewToken = Sent<paths['/api/v1/tokens']['post']>;
export type EnrolmentToken = Item<Get<'/api/v1/enrolment-tokens'>>;
export type NewEnrolmentToken = Sent<paths['/api/v1/enrolment-tokens']['post']>;
export type AccessPolicy = Get<'/api/v1/access-policy'>;
export type NewAccessPolicy = Sent<paths['/api/v1/access-policy']['put']>;
export type TenantSettings = Get<'/api/v1/settings'>;
