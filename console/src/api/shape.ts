// The shapes that the contract of `/api/v1` gives, by noun. Times are RFC 3339 texts; ids are prefixed texts.

export type Kind = 'host-name' | 'os' | 'kernel' | 'hardware' | 'network' | 'packages' | 'updates';
export type DeviceStatus = 'fresh' | 'stale' | 'lost' | 'retired';
export type PackageManager = 'apk' | 'dpkg' | 'pacman' | 'rpm';
export type Severity = 'unknown' | 'low' | 'medium' | 'high' | 'critical';
export type FindingClass = 'software' | 'kernel-companion';

export interface Page<T> {
  items: T[];
  next?: string | null;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  field?: string;
  request?: string;
}

export interface Session {
  user: string;
  tenant: string;
  tenant_name: string;
  email: string;
  language: string;
}

export interface SetupOffer {
  /** A new organisation's owner, or an owner who lost password or second factor. */
  purpose: 'setup' | 'recovery';
  tenant_name: string;
  totp_secret: string;
  totp_uri: string;
  totp_svg: string;
}

export interface Os {
  id: string;
  version_id?: string | null;
  pretty_name?: string | null;
}

export interface Device {
  device: string;
  name?: string | null;
  os?: Os | null;
  status: DeviceStatus;
  last_seen_at?: string | null;
  enrolled_at: string;
  labels: Record<string, string>;
  packages?: number | null;
  updates_pending?: number | null;
  updates_security?: number | null;
  not_collected: Kind[];
  cloned_from?: string | null;
}

export interface DeviceSummary {
  total: number;
  fresh: number;
  stale: number;
  lost: number;
  retired: number;
  by_os: { os: string; count: number }[];
}

export interface DeviceGroup {
  group: string;
  name: string;
  kind: 'manual' | 'query';
  selector?: string;
  devices: number;
  created_at: string;
}

export interface InstalledPackage {
  manager: PackageManager;
  name: string;
  architecture: string;
  version: string;
  source?: string | null;
  source_version?: string | null;
  held?: boolean;
  incomplete?: boolean;
  installed_at?: string | null;
  vendor?: string | null;
  candidate?: string | null;
  candidate_security?: boolean | null;
}

export type NotCollectedReason = 'switched-off' | 'not-seen' | 'no-report-yet';

export interface InstalledPackages extends Page<InstalledPackage> {
  collected: boolean;
  reason?: NotCollectedReason | null;
}

export interface HistoryEntry {
  at: string;
  change: 'added' | 'removed' | 'upgraded' | 'downgraded' | 'changed';
  manager: PackageManager;
  name: string;
  architecture: string;
  from?: string | null;
  to?: string | null;
}

export interface PendingUpdate {
  manager: PackageManager;
  name: string;
  architecture: string;
  installed: string;
  candidate: string;
  security: boolean;
  archive?: string | null;
}

export interface PendingUpdates {
  collected: boolean;
  reason?: NotCollectedReason | null;
  lists_updated_at?: string | null;
  /** Whether the lists are too old or of unknown age, so that "no updates" is no answer. */
  lists_stale: boolean;
  items: PendingUpdate[];
}

export interface BlindSpot {
  kind: Kind;
  subject: string;
  reason: string;
}

export interface SentState {
  /** Absent before the first report. */
  state?: Record<string, unknown> | null;
  digest?: string | null;
  collected_at?: string | null;
  received_at?: string | null;
  size_bytes?: number | null;
  schema?: number | null;
  /** Transmissions that the host had to drop, ever. */
  gaps: number;
  switched_off: Kind[];
  blind_spots: BlindSpot[];
}

export interface Receipt {
  receipt: string;
  sequence: number;
  carried: string;
  received_at: string;
  size_bytes: number;
  schema: number;
  stored: string;
  commitment: string;
  salt: string;
}

export interface FleetPackage {
  name: string;
  manager: PackageManager;
  versions: number;
  devices: number;
}

export interface PackageVersions {
  versions: { version: string; devices: number }[];
}

export interface UpdatesSummary {
  devices_with_updates: number;
  devices_with_security: number;
  not_collected: number;
  /** Devices by the age of their package lists. */
  ages: { bucket: string; devices: number }[];
  lists_stale: number;
}

export interface Coverage {
  covered_devices: number;
  not_covered: { reason: string; detail: string; os?: string | null; devices: number }[];
}

export interface Finding {
  cve: string;
  advisories: string[];
  summary?: string | null;
  severity: Severity;
  kev: boolean;
  kev_added?: string | null;
  kev_due?: string | null;
  epss?: number | null;
  epss_percentile?: number | null;
  devices_exposed: number;
  packages: string[];
  fixed_versions: string[];
  fix_available_devices: number;
  class: FindingClass;
}

export interface Findings extends Page<Finding> {
  coverage: Coverage;
}

export interface FindingDetail extends Finding {
  details?: string | null;
  references: { kind: string; url: string }[];
  vectors: string[];
  /** Devices that only have headers, tools or kernels that do not run, beside those counted. */
  companion_devices: number;
  affected: {
    profile: string;
    source: string;
    versions: { source_version: string; fixed_version?: string | null; devices: number; fix_available: number }[];
  }[];
  provenance: { advisory: string; feed: string; document_sha256: string; imported_at: string }[];
}

export interface ExposedDevice {
  device: string;
  name?: string | null;
  packages: { name: string; version: string; fixed_version?: string | null; fix_available: boolean }[];
}

export interface VulnerablePackage {
  source: string;
  profile: string;
  cves: number;
  worst_severity: Severity;
  /** How many of them are known to be exploited. */
  kev: number;
  devices_exposed: number;
}

export interface DeviceFinding {
  cve: string;
  package: string;
  version: string;
  source: string;
  fixed_version?: string | null;
  severity: Severity;
  kev: boolean;
  epss?: number | null;
  fix_available: boolean;
  class: FindingClass;
}

export interface DeviceFindings {
  answer: 'affected' | 'not-affected' | 'not-covered';
  reason?: string | null;
  detail?: string | null;
  items: DeviceFinding[];
}

export interface ExposureDay {
  day: string;
  cves: number;
  devices_exposed: number;
  kev: number;
}

export interface Feed {
  feed: string;
  title: string;
  source_url: string;
  licence: string;
  enabled: boolean;
  state: 'never' | 'ok' | 'failed' | 'fetching' | 'imported';
  last_success_at?: string | null;
  last_attempt_at?: string | null;
  error?: string | null;
  records?: number | null;
  document_sha256?: string | null;
  /** While it is being fetched. */
  received_bytes?: number | null;
  expected_bytes?: number | null;
}

export interface ImportReport {
  document_sha256: string;
  format: string;
  feed: string;
  records_read: number;
  added: number;
  updated: number;
  unchanged: number;
  refused: { record: string; reason: string }[];
  refused_total: number;
}

export interface Token {
  token: string;
  name: string;
  kind: 'api' | 'telemetry';
  permissions: string[];
  created_at: string;
  last_used_at?: string | null;
  expires_at?: string | null;
}

export interface NewToken {
  name: string;
  kind: 'api' | 'telemetry';
  permissions: string[];
  expires_at?: string;
}

export interface EnrolmentToken {
  enrolment_token: string;
  name: string;
  labels: Record<string, string>;
  created_at: string;
  expires_at: string;
  uses_max?: number | null;
  uses: number;
}

export interface TenantSettings {
  tenant_name: string;
  stale_after_seconds: number;
  lost_after_seconds: number;
}
