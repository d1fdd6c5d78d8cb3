//! `purser leave`: a tenant goes whole, with everything that it needs to know later that nothing stayed.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Error;
use app::Rng;
use app::host::{CheckpointFacts, ErasureLine, ExportFacts, Request};
use serde_json::{Value, json};
use words::sentence;

use crate::cli::{KeptArguments, LeaveArguments, Output, OutputArguments, VerifyReceiptArguments};
use crate::installation::request;
use crate::speech::{Saying as _, failed};
use crate::verify_export::{in_words, whole};
use crate::{output, speech, verify};

const SECONDS_PER_MINUTE: u64 = 60;
/// From the asking to the end, in hours: what is demanded of the receipt beyond the delay.
const HOURS_MAX: u64 = 72;
/// For its owner alone: what lies in it is sealed no more.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

pub(crate) fn run(arguments: LeaveArguments) -> Result<ExitCode, Error> {
    let LeaveArguments { tenant, to, delay, yes: _, host, output: form } = arguments;
    let to = std::path::absolute(to)?;
    // What the receipt is verified with is of before; a tenant that there is not makes no folder.
    let log: CheckpointFacts = request(&host, Request::InstanceCheckpoint { tenant: tenant.clone() })?;
    DirBuilder::new().mode(FOLDER_MODE).create(&to).saying(|| {
        sentence!(
            "cannot make the folder {to}; it must not exist yet",
            "nie można utworzyć katalogu {to}; nie może jeszcze istnieć",
            to = to.display()
        )
    })?;
    let policy = json!({ "log_keys": [log.key], "subject": tenant, "hours_max": HOURS_MAX });
    write(&to.join("policy.json"), &pretty(&policy)?)?;
    write(&to.join("checkpoint.txt"), log.checkpoint.as_bytes())?;

    let folder = to.join("export");
    let asked = Request::Export { tenant: tenant.clone(), device: None, user: None, folder: folder.clone(), ticket: Rng::system().bits() };
    let exported: ExportFacts = request(&host, asked)?;
    must_be_whole(&folder, &exported)?;

    let delay_seconds = delay.map(|minutes| minutes.saturating_mul(SECONDS_PER_MINUTE));
    let asked =
        Request::ErasureRequest { tenant: tenant.clone(), subject: "tenant".into(), id: tenant, delay_seconds, now: delay.is_none() };
    let line: ErasureLine = request(&host, asked)?;
    let facts = json!({ "export": folder, "digest": exported.digest, "rows": exported.rows, "erasure": line });
    if line.state != "done" {
        return later(form, &facts, &line, &to);
    }
    let receipt: Value = request(&host, Request::ErasureReceipt { erasure: line.erasure })?;
    let file = to.join("receipt.json");
    write(&file, &pretty(&receipt)?)?;
    let kept = KeptArguments { key: None, against: None, witness_key: None };
    let check = VerifyReceiptArguments { file: file.clone(), policy: Some(to.join("policy.json")), kept, output: form };
    if let Err(refused) = verify::receipt_holds(&check)? {
        return Err(failed(refused));
    }
    verify::tell(
        form,
        &facts,
        &sentence!(
            "It has left whole: {rows} rows are in {export}, verified, and everything is erased.\nDigest  {digest}\n\
             Keep all of {to}. Verify the receipt anywhere: purser verify receipt {receipt} --policy {policy}",
            "Organizacja odeszła w całości: wierszy w {export}: {rows}, sprawdzono, i wszystko usunięto.\nSkrót   {digest}\n\
             Zachowaj cały {to}. Pokwitowanie można sprawdzić gdziekolwiek: purser verify receipt {receipt} --policy {policy}",
            rows = exported.rows,
            export = folder.display(),
            digest = exported.digest,
            to = to.display(),
            receipt = file.display(),
            policy = to.join("policy.json").display()
        ),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Nothing is erased of which there is no whole export.
fn must_be_whole(folder: &Path, exported: &ExportFacts) -> Result<(), Error> {
    if exported.altered_values > 0 {
        return Err(failed(sentence!(
            "{altered} values were changed or moved in the database and do not open, so nothing is erased: `purser verify store` names them",
            "Wartości zmienionych lub przeniesionych w bazie, których nie da się otworzyć: {altered}; niczego nie usunięto: wymienia je `purser verify store`",
            altered = exported.altered_values
        )));
    }
    let key = verify::key_of(&exported.key)?;
    match whole(folder, Some(&key))? {
        Ok(manifest) if manifest.digest == exported.digest => Ok(()),
        Ok(_) => Err(failed(sentence!(
            "{folder} is not the export that was made; nothing is erased",
            "{folder} nie jest eksportem, który powstał; niczego nie usunięto",
            folder = folder.display()
        ))),
        Err(error) => Err(failed(in_words(&error))),
    }
}

/// It can still be called off, so there is no receipt yet.
fn later(form: OutputArguments, facts: &Value, line: &ErasureLine, to: &Path) -> Result<ExitCode, Error> {
    verify::tell(
        form,
        facts,
        &sentence!(
            "Everything is exported and verified, and will be erased at {due}. Until then: purser erasure cancel {erasure}\n\
             Afterwards: purser erasure receipt {erasure} {to}/receipt.json",
            "Wszystko wyeksportowano i sprawdzono; zostanie usunięte {due}. Do tego czasu: purser erasure cancel {erasure}\n\
             Potem: purser erasure receipt {erasure} {to}/receipt.json",
            due = output::when(line.due_at),
            erasure = line.erasure,
            to = to.display()
        ),
    )?;
    if matches!(form.output, Output::Table) {
        speech::remark(&sentence!(
            "What happens until then is in no export: devices go on reporting",
            "Tego, co się stanie do tego czasu, nie ma w eksporcie: urządzenia dalej wysyłają zgłoszenia"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn pretty(value: &Value) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let cannot = || sentence!("cannot write {path}", "nie można zapisać {path}", path = path.display());
    let mut file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path).saying(cannot)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).saying(cannot)
}
