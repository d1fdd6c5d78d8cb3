//! Reading a report: text from outside becomes checked types here, once.
//!
//! The envelope and the state are parsed in one pass each; only a body that is refused is read again, to name the
//! field at fault. Unknown fields are refused, never stored (promise OP-1).

use serde::Deserialize;
use serde_json::value::RawValue;
use wire::Timestamp;
use wire::report::{Delta, Digest, ExternalName, SCHEMA_MAX, SCHEMA_MIN};
use wire::state::{Kind, Package, STATE_LIST_MAX, STATE_PACKAGES_MAX, STATE_TEXT_BYTES_MAX, State};

/// Most bytes of the name by which a telemetry script tells its devices apart.
pub const EXTERNAL_NAME_BYTES_MAX: usize = 128;

/// Highest sequence number: far above any clock, and with room above it, so that no number locks a device out.
pub const SEQUENCE_MAX: u64 = 1 << 62;

/// Largest gap that is taken: more transmissions than a device can lose in a lifetime, and far from the end of the column
/// in which gaps are added up.
pub const GAP_MAX: u64 = 1 << 32;

/// Why a report is refused. Nothing of it was stored.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReportError {
    /// Not JSON, or not of the schema.
    #[error("{reason}")]
    Unreadable {
        /// JSON path of the field at fault; `.` for the whole.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A schema version that this server does not read.
    #[error("this server reads report schema {SCHEMA_MIN} to {SCHEMA_MAX}, and this report is of schema {0}: send one of those")]
    Schema(u64),
    /// A value past its limit.
    #[error("this is past its limit of {limit} {unit}")]
    TooLarge {
        /// JSON path of the field at fault.
        field: String,
        /// The limit.
        limit: usize,
        /// Its unit.
        unit: &'static str,
    },
    /// A value that cannot be.
    #[error("{reason}")]
    Invalid {
        /// JSON path of the field at fault.
        field: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl ReportError {
    /// JSON path of the field at fault.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Self::Schema(_) => "schema",
            Self::Unreadable { field, .. } | Self::TooLarge { field, .. } | Self::Invalid { field, .. } => field,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    schema: u16,
    #[serde(default)]
    device: Option<ExternalName>,
    sequence: u64,
    #[serde(default)]
    follows: Option<u64>,
    collected_at: Timestamp,
    #[serde(default)]
    gap: u64,
    digest: Digest,
    #[serde(borrow)]
    content: RawContent<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum RawContent<'a> {
    #[serde(borrow)]
    Full(&'a RawValue),
    Delta(Box<Delta>),
    Unchanged {},
}

/// A report that was read and checked.
#[derive(Debug)]
pub struct Incoming {
    /// Schema version.
    pub schema: u16,
    /// The script's name for the device, with a telemetry token.
    pub external_name: Option<ExternalName>,
    /// Sequence number.
    pub sequence: i64,
    /// Sequence number of the transmission before it; nothing where it begins a series.
    pub follows: Option<i64>,
    /// When the host collected it.
    pub collected_at: Timestamp,
    /// Transmissions lost before it.
    pub gap: i64,
    /// Digest of the host's state.
    pub digest: Digest,
    /// What it carries.
    pub content: IncomingContent,
}

/// What a report carries.
#[derive(Debug)]
pub enum IncomingContent {
    /// A whole state; `is_as_declared` tells whether its bytes have the declared digest.
    Full {
        /// The state, in canonical order.
        state: Box<State>,
        /// Whether the SHA-256 of the state's bytes as sent is the declared digest.
        is_as_declared: bool,
    },
    /// A difference.
    Delta(Box<Delta>),
    /// Nothing new.
    Unchanged,
}

/// Reads a report body (after decompression).
///
/// # Errors
/// A [`ReportError`] that names the field at fault.
pub fn read(body: &[u8]) -> Result<Incoming, ReportError> {
    let body = text_of(body)?;
    let envelope: Envelope<'_> = parse(body).map_err(|error| schema_of(body).unwrap_or(error))?;
    if !(SCHEMA_MIN..=SCHEMA_MAX).contains(&envelope.schema) {
        return Err(ReportError::Schema(envelope.schema.into()));
    }
    if let Some(name) = &envelope.device {
        let name = name.0.reveal();
        if name.is_empty() || name.len() > EXTERNAL_NAME_BYTES_MAX || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ReportError::Invalid { field: "device".into(), reason: "a device name is 1 to 128 visible ASCII characters" });
        }
    }
    let content = match envelope.content {
        RawContent::Full(raw) => {
            let raw = raw.get();
            let mut state: State = parse(raw).map_err(|error| within("content.full", error))?;
            check_state("content.full", &state)?;
            normalise(&mut state);
            IncomingContent::Full { state: Box::new(state), is_as_declared: seal::hash::sha256(raw.as_bytes()) == envelope.digest.0 }
        }
        RawContent::Delta(mut delta) => {
            check_state("content.delta.changed", &delta.changed)?;
            if delta.changed.packages.is_some() {
                return Err(ReportError::Invalid {
                    field: "content.delta.changed.packages".into(),
                    reason: "a delta tells packages in packages_set and packages_removed",
                });
            }
            check_packages("content.delta.packages_set", &delta.packages_set)?;
            if delta.packages_removed.len() > STATE_PACKAGES_MAX {
                return Err(ReportError::TooLarge {
                    field: "content.delta.packages_removed".into(),
                    limit: STATE_PACKAGES_MAX,
                    unit: "packages",
                });
            }
            if delta.gone.len() > Kind::ALL.len() {
                return Err(ReportError::TooLarge { field: "content.delta.gone".into(), limit: Kind::ALL.len(), unit: "kinds" });
            }
            delta.packages_set.iter_mut().for_each(normalise_package);
            IncomingContent::Delta(delta)
        }
        RawContent::Unchanged {} => IncomingContent::Unchanged,
    };
    Ok(Incoming {
        schema: envelope.schema,
        external_name: envelope.device,
        sequence: read_sequence(envelope.sequence)?,
        follows: envelope.follows.map(|follows| read_follows(follows, envelope.sequence)).transpose()?,
        collected_at: envelope.collected_at,
        gap: read_gap(envelope.gap)?,
        digest: envelope.digest,
        content,
    })
}

fn read_sequence(sequence: u64) -> Result<i64, ReportError> {
    let number = Some(sequence).filter(|sequence| *sequence <= SEQUENCE_MAX).and_then(|sequence| i64::try_from(sequence).ok());
    number.ok_or_else(|| ReportError::Invalid { field: "sequence".into(), reason: "a sequence number is at most 2^62" })
}

fn read_follows(follows: u64, sequence: u64) -> Result<i64, ReportError> {
    let number = Some(follows).filter(|follows| *follows < sequence).and_then(|follows| i64::try_from(follows).ok());
    number.ok_or_else(|| ReportError::Invalid {
        field: "follows".into(),
        reason: "a transmission follows one with a lower number: leave it out where it is the first",
    })
}

/// The whole body is checked to be UTF-8 once, which is much quicker than text by text.
fn text_of(body: &[u8]) -> Result<&str, ReportError> {
    std::str::from_utf8(body).map_err(|_| ReportError::Unreadable { field: ".".into(), reason: "the report is not UTF-8".into() })
}

fn read_gap(gap: u64) -> Result<i64, ReportError> {
    let number = Some(gap).filter(|gap| *gap <= GAP_MAX).and_then(|gap| i64::try_from(gap).ok());
    number.ok_or_else(|| ReportError::Invalid { field: "gap".into(), reason: "a gap is at most 2^32" })
}

fn parse<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, ReportError> {
    serde_json::from_str(body).map_err(|first| {
        let mut deserializer = serde_json::Deserializer::from_str(body);
        match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
            Err(error) => ReportError::Unreadable { field: error.path().to_string(), reason: without_position(&error.inner().to_string()) },
            // The value itself is fine: what is wrong comes after it.
            Ok(_) => ReportError::Unreadable { field: ".".into(), reason: without_position(&first.to_string()) },
        }
    })
}

/// A position within a re-read part would mislead, and the field is named.
fn without_position(message: &str) -> String {
    message.split_once(" at line ").map_or(message, |(text, _)| text).to_owned()
}

fn within(prefix: &str, error: ReportError) -> ReportError {
    match error {
        ReportError::Unreadable { field, reason } if field == "." => ReportError::Unreadable { field: prefix.into(), reason },
        ReportError::Unreadable { field, reason } => ReportError::Unreadable { field: format!("{prefix}.{field}"), reason },
        other => other,
    }
}

/// A newer agent's report fails on its new fields; what its sender must hear is the range of schemas.
fn schema_of(body: &str) -> Option<ReportError> {
    #[derive(Deserialize)]
    struct SchemaOnly {
        schema: u64,
    }
    let schema = serde_json::from_str::<SchemaOnly>(body).ok()?.schema;
    let is_known = (u64::from(SCHEMA_MIN)..=u64::from(SCHEMA_MAX)).contains(&schema);
    (!is_known).then_some(ReportError::Schema(schema))
}

fn check_state(path: &str, state: &State) -> Result<(), ReportError> {
    if let Some(packages) = &state.packages {
        check_packages(&format!("{path}.packages"), packages)?;
    }
    if let Some(updates) = &state.updates {
        let field = || format!("{path}.updates.pending");
        if updates.pending.len() > STATE_PACKAGES_MAX {
            return Err(ReportError::TooLarge { field: field(), limit: STATE_PACKAGES_MAX, unit: "updates" });
        }
        for update in &updates.pending {
            for text in [&update.name, &update.architecture, &update.installed, &update.candidate] {
                check_text(&field, text)?;
            }
            update.archive.as_ref().map_or(Ok(()), |text| check_text(&field, text))?;
        }
    }
    if let Some(name) = &state.host_name {
        check_text(&|| format!("{path}.host_name"), name.reveal())?;
    }
    if let Some(os) = &state.os {
        let field = || format!("{path}.os");
        check_text(&field, &os.id)?;
        for text in os.version_id.iter().chain(&os.codename).chain(&os.pretty_name).chain(&os.id_like) {
            check_text(&field, text)?;
        }
        check_list(&field, os.id_like.len())?;
    }
    if let Some(kernel) = &state.kernel {
        for text in [&kernel.name, &kernel.release, &kernel.version, &kernel.machine].into_iter().chain(&kernel.package) {
            check_text(&|| format!("{path}.kernel"), text)?;
        }
    }
    check_hardware(path, state)?;
    check_network(path, state)?;
    check_list(&|| format!("{path}.switched_off"), state.switched_off.len())?;
    check_list(&|| format!("{path}.blind_spots"), state.blind_spots.len())?;
    state.blind_spots.iter().try_for_each(|spot| check_text(&|| format!("{path}.blind_spots"), &spot.subject))
}

fn check_hardware(path: &str, state: &State) -> Result<(), ReportError> {
    let Some(hardware) = &state.hardware else { return Ok(()) };
    let field = || format!("{path}.hardware");
    check_list(&|| format!("{path}.hardware.disks"), hardware.disks.len())?;
    let texts = hardware.cpu_model.iter().chain(&hardware.vendor).chain(&hardware.model).chain(&hardware.firmware_version);
    texts.chain(hardware.serial_number.as_ref().map(wire::Identifying::reveal)).try_for_each(|text| check_text(&field, text))?;
    hardware.disks.iter().flat_map(|disk| std::iter::once(&disk.name).chain(&disk.model)).try_for_each(|text| check_text(&field, text))
}

fn check_network(path: &str, state: &State) -> Result<(), ReportError> {
    let Some(network) = &state.network else { return Ok(()) };
    let field = || format!("{path}.network.interfaces");
    check_list(&field, network.interfaces.len())?;
    for interface in &network.interfaces {
        check_text(&field, &interface.name)?;
        check_list(&field, interface.addresses.len())?;
        interface.mac_address.iter().chain(&interface.addresses).try_for_each(|text| check_text(&field, text.reveal()))?;
    }
    Ok(())
}

fn check_packages(path: &str, packages: &[Package]) -> Result<(), ReportError> {
    if packages.len() > STATE_PACKAGES_MAX {
        return Err(ReportError::TooLarge { field: path.into(), limit: STATE_PACKAGES_MAX, unit: "packages" });
    }
    for (position, package) in packages.iter().enumerate() {
        let field = || format!("{path}[{position}]");
        if package.name.is_empty() || package.version.is_empty() {
            return Err(ReportError::Invalid { field: field(), reason: "a package has a name and a version" });
        }
        for text in [&package.name, &package.architecture, &package.version] {
            check_text(&field, text)?;
        }
        package.source.iter().chain(&package.source_version).chain(&package.vendor).try_for_each(|text| check_text(&field, text))?;
    }
    Ok(())
}

fn check_text(field: &dyn Fn() -> String, text: &str) -> Result<(), ReportError> {
    if text.len() > STATE_TEXT_BYTES_MAX {
        return Err(ReportError::TooLarge { field: field(), limit: STATE_TEXT_BYTES_MAX, unit: "bytes of text" });
    }
    if text.bytes().any(|byte| byte < 0x20) {
        return Err(ReportError::Invalid { field: field(), reason: "control characters are not taken in any text" });
    }
    Ok(())
}

fn check_list(field: &dyn Fn() -> String, length: usize) -> Result<(), ReportError> {
    if length > STATE_LIST_MAX {
        return Err(ReportError::TooLarge { field: field(), limit: STATE_LIST_MAX, unit: "entries" });
    }
    Ok(())
}

/// Brings a state into canonical order, with "same as the binary package" said in one way.
fn normalise(state: &mut State) {
    state.packages.iter_mut().flatten().for_each(normalise_package);
    state.canonicalise();
}

fn normalise_package(package: &mut Package) {
    if package.source.as_ref() == Some(&package.name) {
        package.source = None;
    }
    if package.source_version.as_ref() == Some(&package.version) {
        package.source_version = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(content: &str) -> Vec<u8> {
        let digest = "0".repeat(64);
        format!(r#"{{"schema":1,"sequence":1,"collected_at":"2026-01-01T00:00:00Z","digest":"{digest}","content":{content}}}"#).into_bytes()
    }

    fn refusal(content: &str) -> ReportError {
        read(&body(content)).expect_err("the report is refused")
    }

    #[test]
    fn an_unknown_field_is_named_with_its_path() {
        let error = refusal(r#"{"full":{"os":{"id":"debian","user":"x"}}}"#);
        assert_eq!(error.field(), "content.full.os.user");
        assert!(error.to_string().contains("unknown field `user`"), "{error}");
    }

    #[test]
    fn a_newer_schema_is_told_the_range_even_with_fields_unknown_here() {
        let digest = "0".repeat(64);
        let text = format!(r#"{{"schema":9,"sequence":1,"news":true,"digest":"{digest}","content":{{"unchanged":{{}}}}}}"#);
        assert_eq!(read(text.as_bytes()).expect_err("refused"), ReportError::Schema(9));
    }

    #[test]
    fn a_text_at_its_limit_is_taken_and_one_beyond_is_refused() {
        let at_limit = "x".repeat(STATE_TEXT_BYTES_MAX);
        assert!(read(&body(&format!(r#"{{"full":{{"host_name":"{at_limit}"}}}}"#))).is_ok());
        let error = refusal(&format!(r#"{{"full":{{"host_name":"{at_limit}x"}}}}"#));
        assert_eq!(error.field(), "content.full.host_name");
    }

    #[test]
    fn as_many_packages_as_the_limit_are_taken_and_one_more_is_refused() {
        let packages = |count: usize| {
            let list: Vec<_> =
                (0..count).map(|number| format!(r#"{{"manager":"dpkg","name":"p{number}","architecture":"all","version":"1"}}"#)).collect();
            body(&format!(r#"{{"full":{{"packages":[{}]}}}}"#, list.join(",")))
        };
        assert!(read(&packages(STATE_PACKAGES_MAX)).is_ok());
        assert_eq!(read(&packages(STATE_PACKAGES_MAX + 1)).expect_err("refused").field(), "content.full.packages");
    }

    #[test]
    fn a_nameless_package_and_a_control_character_are_refused() {
        let error = refusal(r#"{"full":{"packages":[{"manager":"dpkg","name":"","architecture":"all","version":"1"}]}}"#);
        assert_eq!(error.field(), "content.full.packages[0]");
        assert_eq!(refusal("{\"full\":{\"host_name\":\"a\\u0007\"}}").field(), "content.full.host_name");
    }

    #[test]
    fn a_full_report_is_checked_against_its_declared_digest() {
        let state = r#"{"os":{"id":"debian"}}"#;
        let digest = Digest(seal::hash::sha256(state.as_bytes()));
        let text = format!(
            r#"{{"schema":1,"sequence":1,"collected_at":"2026-01-01T00:00:00Z","digest":"{digest}","content":{{"full":{state}}}}}"#
        );
        let incoming = read(text.as_bytes()).expect("a good report");
        assert!(matches!(incoming.content, IncomingContent::Full { is_as_declared: true, .. }));
    }

    #[test]
    fn the_highest_sequence_number_is_taken_and_the_next_is_refused() {
        let with = |sequence: u64| {
            String::from_utf8(body(r#"{"unchanged":{}}"#)).expect("text").replace(r#""sequence":1"#, &format!(r#""sequence":{sequence}"#))
        };
        assert!(read(with(SEQUENCE_MAX).as_bytes()).is_ok());
        assert_eq!(read(with(SEQUENCE_MAX + 1).as_bytes()).expect_err("refused").field(), "sequence");
    }

    #[test]
    fn a_delta_names_each_kind_that_is_gone_at_most_once_over() {
        let digest = "0".repeat(64);
        let delta = |kinds: usize| {
            let gone = vec![r#""hardware""#; kinds].join(",");
            body(&format!(r#"{{"delta":{{"base":"{digest}","changed":{{}},"gone":[{gone}]}}}}"#))
        };
        assert!(read(&delta(Kind::ALL.len())).is_ok());
        assert_eq!(read(&delta(Kind::ALL.len() + 1)).expect_err("refused").field(), "content.delta.gone");
    }

    #[test]
    fn the_largest_gap_is_taken_and_the_next_is_refused() {
        let with = |gap: u64| {
            String::from_utf8(body(r#"{"unchanged":{}}"#))
                .expect("text")
                .replace(r#""sequence":1"#, &format!(r#""sequence":1,"gap":{gap}"#))
        };
        assert!(read(with(GAP_MAX).as_bytes()).is_ok());
        assert_eq!(read(with(GAP_MAX + 1).as_bytes()).expect_err("refused").field(), "gap");
    }

    #[test]
    fn text_after_the_report_is_refused() {
        let mut text = body(r#"{"unchanged":{}}"#);
        text.extend_from_slice(b"{}");
        assert!(matches!(read(&text), Err(ReportError::Unreadable { .. })));
    }

    #[test]
    fn a_report_that_is_not_utf_8_is_refused() {
        let mut text = body(r#"{"full":{"host_name":"a"}}"#);
        let place = text.iter().rposition(|byte| *byte == b'a').expect("the name");
        text[place] = 0xff;
        assert!(matches!(read(&text), Err(ReportError::Unreadable { reason, .. }) if reason.contains("UTF-8")));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _is_refused_or_read = read(&bytes);
        }
    }
}
