//! Whether the installation around the stores is sound: its root key, its memory, what a person has to set.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, PoisonError};

use kernel::{KeyError, KeyRef, KeyRing, Place};
use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};
use serde_json::json;
use trust::Trust;
use trust::doctor::{CannotLook, Check, Observation};
use trust::root_key::RootSource;
use words::sentence;

use super::Looked;

/// A place that nothing is ever stored at.
const NOWHERE: Place = Place { table: 0, column: 0, row: 0 };

/// The passphrase is its owner's alone, and what is sealed opens only whole and in its place.
pub(super) fn keys_at_rest(looked: &Looked) -> Check {
    let looked = looked.clone();
    Check::new("keys-at-rest", move || {
        let looked = looked.clone();
        async move {
            let (keys, rng) = (looked.keys.clone(), looked.stores.rng().clone());
            let sealing = tokio::task::spawn_blocking(move || sealing_holds(&*keys, &rng.bytes::<32>())).await??;
            // What opens the root key and is a file of this host: a passphrase, or a token's PIN.
            let (provider, file) = match &looked.config.root {
                RootSource::PassphraseFile { path } => ("passphrase-file", Some(path.clone())),
                RootSource::SystemdCredential { .. } => ("systemd-credential", None),
                RootSource::Pkcs11(token) => ("pkcs11", Some(token.pin_file.clone())),
            };
            let Some(file) = file.filter(|_| sealing) else { return Ok(sealed_only(sealing, provider)) };
            let mode = match fs::metadata(&file) {
                Ok(file) => Some(file.permissions().mode() & 0o777),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(error.into()),
            };
            let is_private = mode.map(|mode| mode & 0o077 == 0);
            let evidence = json!({ "sealing": sealing, "root_key": provider, "file_is_private": is_private });
            match is_private {
                Some(true) => Ok(Observation::ok(
                    evidence,
                    sentence!(
                        "A trial value was sealed, and opened only whole and in its place; only the server's user may read the file that opens the root key.",
                        "Próbna wartość po zaszyfrowaniu otwierała się tylko w całości i na swoim miejscu; plik, który otwiera klucz główny, może czytać tylko użytkownik serwera."
                    ),
                )),
                Some(false) => Ok(Observation::failed(
                    evidence,
                    sentence!(
                        "Others than the server's user may read the file that opens the root key.",
                        "Plik, który otwiera klucz główny, mogą czytać inni niż użytkownik serwera."
                    ),
                )),
                None => Ok(Observation::warning(
                    evidence,
                    sentence!(
                        "The file that opens the root key is gone: the server works until it ends, and does not start again without it.",
                        "Nie ma pliku, który otwiera klucz główny: serwer działa do zatrzymania, a bez pliku się nie uruchomi."
                    ),
                )),
            }
        }
    })
}

/// What the trial alone says, where no file of this host opens the root key or the trial failed.
fn sealed_only(sealing: bool, provider: &str) -> Observation {
    let evidence = json!({ "sealing": sealing, "root_key": provider });
    if sealing {
        let said = sentence!(
            "A trial value was sealed, and opened only whole and in its place; the root key comes from no file of the server's.",
            "Próbna wartość po zaszyfrowaniu otwierała się tylko w całości i na swoim miejscu; klucz główny nie pochodzi z pliku serwera."
        );
        return Observation::ok(evidence, said);
    }
    Observation::failed(
        evidence,
        sentence!(
            "A sealed value opened where it should not, or not where it should.",
            "Zaszyfrowana wartość otworzyła się tam, gdzie nie powinna, albo nie tam, gdzie powinna."
        ),
    )
}

/// Whether a value opens as it was sealed, and neither altered nor in another place.
fn sealing_holds(keys: &dyn KeyRing, trial: &[u8]) -> Result<bool, KeyError> {
    let sealed = keys.seal(KeyRef::Instance, NOWHERE, trial)?;
    let opened = keys.open(KeyRef::Instance, NOWHERE, &sealed)?;
    let mut altered = sealed.clone();
    if let Some(last) = altered.last_mut() {
        *last ^= 1;
    }
    let elsewhere = Place { row: 1, ..NOWHERE };
    let refuses = |place, bytes: &[u8]| matches!(keys.open(KeyRef::Instance, place, bytes), Err(KeyError::Altered { .. }));
    let is_hidden = !sealed.windows(trial.len()).any(|window| window == trial);
    Ok(is_hidden && *opened == *trial && refuses(NOWHERE, &altered) && refuses(elsewhere, &sealed))
}

/// A crash leaves no copy of this process's memory, and no other program of its user may look into it.
pub(super) fn memory() -> Check {
    Check::new("memory-private", || async {
        let core_limit = getrlimit(Resource::Core).current;
        let is_dumpable =
            dumpable_behavior().map_err(|error| -> CannotLook { Box::new(io::Error::from(error)) })? != DumpableBehavior::NotDumpable;
        let is_private = core_limit == Some(0) && !is_dumpable;
        let evidence = json!({ "core_files": core_limit != Some(0), "dumpable": is_dumpable });
        Ok(if is_private {
            Observation::ok(
                evidence,
                sentence!(
                    "A crash leaves no copy of the server's memory, which holds keys.",
                    "Awaria nie zostawia kopii pamięci serwera, w której są klucze."
                ),
            )
        } else {
            Observation::failed(
                evidence,
                sentence!(
                    "A crash may leave a copy of the server's memory, which holds keys.",
                    "Awaria może zostawić kopię pamięci serwera, w której są klucze."
                ),
            )
        })
    })
}

/// The keyring has a second copy, and it is in step.
pub(super) fn second_copy(looked: &Looked, trust: &Trust) -> Check {
    let (folder, trust) = (Arc::clone(&looked.second_copy), trust.clone());
    Check::new("second-copy", move || {
        let (folder, trust) = (folder.lock().unwrap_or_else(PoisonError::into_inner).clone(), trust.clone());
        async move {
            let Some(folder) = folder else {
                return Ok(Observation::warning(
                    json!({ "kept": false }),
                    sentence!(
                        "The keyring has no second copy: a lost disk is lost data. Make one: purser keys copy FOLDER",
                        "Pęk kluczy nie ma drugiej kopii: utrata dysku to utrata danych. Utwórz ją: purser keys copy KATALOG"
                    ),
                ));
            };
            let status = trust.copy_status(&folder).await?;
            let is_in_step = status.is_some_and(|status| status.is_in_step);
            let evidence = json!({ "kept": true, "in_step": is_in_step });
            if is_in_step {
                let said = sentence!("The keyring's second copy is in step.", "Druga kopia pęku kluczy jest aktualna.");
                return Ok(Observation::ok(evidence, said));
            }
            Ok(Observation::warning(
                evidence,
                sentence!(
                    "The keyring's second copy is behind, or gone from its folder: look at `purser keys status`.",
                    "Druga kopia pęku kluczy jest nieaktualna albo zniknęła ze swojego katalogu: zobacz `purser keys status`."
                ),
            ))
        }
    })
}

/// Somebody can be asked about privacy.
pub(super) fn privacy_contact(looked: &Looked) -> Check {
    let looked = looked.clone();
    Check::new("privacy-contact", move || {
        let looked = looked.clone();
        async move {
            let (tenants, is_named) = (looked.stores.tenants().await?.len(), looked.config.privacy_contact.is_some());
            let evidence = json!({ "tenants": tenants, "named": is_named });
            if is_named {
                let said = sentence!(
                    "The Trust page and security.txt say whom to ask about privacy.",
                    "Strona zaufania i security.txt mówią, kogo pytać o prywatność."
                );
                return Ok(Observation::ok(evidence, said));
            }
            if tenants > 1 {
                return Ok(Observation::warning(
                    evidence,
                    sentence!(
                        "This server has {tenants} tenants and names nobody to be asked about privacy: start it with --privacy-contact.",
                        "Ten serwer ma organizacje w liczbie {tenants} i nie wskazuje nikogo, kogo można pytać o prywatność: uruchom go z --privacy-contact."
                    ),
                ));
            }
            Ok(Observation::ok(
                evidence,
                sentence!(
                    "Nobody is named to be asked about privacy; a server of one organisation needs nobody.",
                    "Nie wskazano nikogo do pytań o prywatność; serwer jednej organizacji nie musi."
                ),
            ))
        }
    })
}
