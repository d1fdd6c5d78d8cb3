//! schemathesis, and what it sent.

use std::path::{Path, PathBuf};
use std::process::Command;

use stories::installation::Installation;

/// What every answer is held against; whether a valid request is accepted is for other tests, which know what exists.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance,negative_data_rejection";

/// Sends what the document allows and what it does not, with these headers.
///
/// # Panics
///
/// If an answer is a failure of the server's, or not as documented.
pub(crate) fn run(installation: &Installation, headers: &[String], examples_max: &str) {
    end(command(installation, headers, examples_max).args(["--phases", "examples,coverage,fuzzing"]));
}

/// Sends what the document allows, as [`run`], and keeps what was sent and answered in a file, as HAR.
pub(crate) fn record(installation: &Installation, headers: &[String], examples_max: &str, file: &Path) {
    let mut command = command(installation, headers, examples_max);
    command.args(["--phases", "fuzzing", "--mode", "positive", "--report", "har", "--report-har-path"]).arg(file);
    // Headers and texts as they were sent: somebody is to send them again.
    end(command.args(["--output-sanitize", "false"]));
}

fn end(command: &mut Command) {
    let status = command.status().expect("schemathesis runs");
    assert!(status.success(), "schemathesis ended with {status}");
}

fn command(installation: &Installation, headers: &[String], examples_max: &str) -> Command {
    let document = installation.url() + "/api/openapi.json";
    let authority = installation.folder().join("authority.pem");
    std::fs::write(&authority, installation.authority()).expect("the authority can be written");
    // One worker: the parser of Python 3.11 fails now and then where two threads use it.
    let mut command = Command::new(schemathesis());
    command.arg("run").arg(&document).args(["--checks", CHECKS, "--max-examples", examples_max, "--seed", "1", "--workers", "1"]);
    command.args(["--continue-on-failure", "--warnings", "off", "--no-color"]);
    // A connection kept from before may end in the moment in which it is used again; a second time it must not.
    command.args(["--request-retries", "1"]);
    command.arg("--tls-verify").arg(authority).current_dir(installation.folder());
    // Signing out would end the session that the other requests need; a fetch asks publishers on the internet.
    command.args(["--exclude-operation-id", "signOut", "--exclude-operation-id", "fetchFeed"]);
    for header in headers {
        command.args(["--header", header]);
    }
    command
}

/// `scripts/test` installs it; by hand: `source scripts/environment; need_schemathesis`.
fn schemathesis() -> PathBuf {
    let cache = std::env::var_os("PURSER_CACHE")
        .map_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/purser"), PathBuf::from);
    let path = cache.join("tools/schemathesis/bin/schemathesis");
    assert!(path.is_file(), "{} is not there: scripts/test installs it", path.display());
    path
}
