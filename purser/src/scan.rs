//! `purser scan`: one host's packages against advisories, without a server.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Error;
use app::{AdvisorySet, Host, NotCovered, PackageClass, ScanReport};
use wire::state::{Kernel, Kind, Os, Package, PackageManager};
use words::{Sentence, counted_en, counted_pl, sentence};

use crate::cli::{OsName, Output, ScanArguments};
use crate::speech::{Saying as _, failed};
use crate::{input, output, progress, speech};

/// What was seen of a host.
struct Seen {
    os: Option<Os>,
    kernel: Option<Kernel>,
    packages: Vec<Package>,
}

pub(crate) fn run(arguments: &ScanArguments) -> Result<ExitCode, Error> {
    let mut seen = match &arguments.dpkg_status {
        Some(file) => dpkg_status(file)?,
        None => host(&arguments.root)?,
    };
    let advisories = load(arguments)?;
    if let Some(os) = &arguments.os {
        seen.os = Some(named(os.clone()));
    } else if seen.os.is_none() {
        seen.os = release_of(&seen.packages, &advisories).map(named);
        if let Some(os) = &seen.os {
            let (id, release) = (&os.id, os.version_id.as_deref().unwrap_or_default());
            speech::remark(&sentence!(
                "operating system taken from the packages: {id} {release} (--os says it otherwise)",
                "system operacyjny rozpoznany po pakietach: {id} {release} (inny podaje --os)"
            ));
        }
    }
    let report = app::scan(Host { os: seen.os.as_ref(), kernel: seen.kernel.as_ref(), packages: &seen.packages }, &advisories);
    print(&report, arguments.output.output)?;
    Ok(ExitCode::SUCCESS)
}

fn host(root: &Path) -> Result<Seen, Error> {
    let kinds_off = Kind::ALL.into_iter().filter(|kind| !matches!(kind, Kind::Os | Kind::Kernel | Kind::Packages)).collect();
    let options = collect::Options { root: root.to_owned(), kinds_off, ..collect::Options::default() };
    let state = collect::collect(&options)?;
    for spot in state.blind_spots.iter().filter(|spot| spot.kind == Kind::Packages) {
        let (subject, reason) = (&spot.subject, spot.reason);
        speech::remark(&sentence!("not seen: {subject} ({reason:?})", "nie widać: {subject} ({reason:?})"));
    }
    // The kernel that runs is this host's, not the one of an image.
    let kernel = state.kernel.filter(|_| root == Path::new("/"));
    let packages = state.packages.ok_or_else(|| {
        let root = root.display();
        failed(sentence!("no package database can be read below {root}", "w {root} nie można odczytać żadnej bazy pakietów"))
    })?;
    Ok(Seen { os: state.os, kernel, packages })
}

fn dpkg_status(file: &Path) -> Result<Seen, Error> {
    let reader = input::open(file)?;
    let packages = collect::packages::dpkg::read_status(reader).saying(|| input::cannot_read(file))?;
    if packages.is_empty() {
        let file = file.display();
        return Err(failed(sentence!(
            "{file} names no installed package: is it a dpkg status file?",
            "w {file} nie ma żadnego zainstalowanego pakietu: czy to plik stanu dpkg?"
        )));
    }
    Ok(Seen { os: None, kernel: None, packages })
}

fn named(os: OsName) -> Os {
    Os { id: os.id, version_id: os.version_id, codename: None, pretty_name: None, id_like: Vec::new() }
}

/// The release that a status file comes from, which names none: Debian's `base-files` carries its number. Where that
/// package is missing, the only Debian release that the advisories speak of.
fn release_of(packages: &[Package], advisories: &AdvisorySet) -> Option<OsName> {
    let debian = |release: &str| OsName { id: "debian".into(), version_id: Some(release.to_owned()) };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let base_files = packages.iter().find(|package| package.manager == PackageManager::Dpkg && package.name == "base-files");
    if let Some(base_files) = base_files {
        // `12.4+deb12u11`; Ubuntu's `13ubuntu10` counts otherwise.
        let number = base_files.version.split(['.', '+', '~']).next()?;
        return is_number(number).then(|| debian(number));
    }
    let ecosystems = advisories.ecosystems();
    let mut releases = ecosystems.iter().filter_map(|name| name.strip_prefix("Debian:")).filter(|release| is_number(release));
    match (releases.next(), releases.next()) {
        (Some(release), None) => Some(debian(release)),
        _ => None,
    }
}

fn load(arguments: &ScanArguments) -> Result<AdvisorySet, Error> {
    let mut set = AdvisorySet::default();
    for path in &arguments.advisories {
        for file in input::files(path)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let bar = progress::bytes(&name, fs::metadata(&file).map_or(0, |metadata| metadata.len()));
            let loaded = app::advisories::load(&file, &mut set, &mut |position| bar.set_position(position));
            bar.finish_and_clear();
            // Of a directory, what is no advisory at all may lie beside; a file that was named must be one.
            let loaded = match loaded {
                Err(error) if error.is_other_format() && file != *path => {
                    speech::remark(&sentence!("passed over", "pominięto").then(": ", &speech::chain(&Error::from(error))));
                    continue;
                }
                loaded => loaded?,
            };
            if loaded.refused > 0 {
                let (file, read, refused) = (file.display(), loaded.advisories, loaded.refused);
                speech::remark(&sentence!(
                    "{file}: {read} advisories read, {refused} records refused",
                    "{file}: odczytane ostrzeżenia: {read}, odrzucone rekordy: {refused}"
                ));
            }
        }
    }
    Ok(set)
}

fn print(report: &ScanReport, form: Output) -> Result<(), Error> {
    match form {
        Output::Json => output::json(&report.rows)?,
        Output::Table => {
            let rows = report.rows.iter().map(|row| {
                let fixed = row.fixed_version.clone().unwrap_or_else(|| "-".into());
                let severity = severity(row.rating.name());
                [row.package.clone(), row.version.clone(), row.source.clone(), row.cve.clone(), severity, fixed]
            });
            let headings = [
                sentence!("PACKAGE", "PAKIET"),
                sentence!("VERSION", "WERSJA"),
                sentence!("SOURCE", "ŹRÓDŁO"),
                sentence!("CVE", "CVE"),
                sentence!("SEVERITY", "WAGA"),
                sentence!("FIXED IN", "NAPRAWIONE W"),
            ];
            output::table(headings, rows)?;
        }
    }
    summarise(report);
    Ok(())
}

/// To the standard error: the standard output holds rows only.
fn summarise(report: &ScanReport) {
    let companions = report.rows.iter().filter(|row| row.class != PackageClass::Software).count() as u64;
    let (rows, compared) = (report.rows.len() as u64, report.packages_covered as u64);
    speech::remark(&Sentence::new(
        format!("{}; {} compared", counted_en(rows, "row", "rows"), counted_en(compared, "package", "packages")),
        format!("{}; porównane pakiety: {compared}", counted_pl(rows, "wiersz", "wiersze", "wierszy")),
    ));
    if companions > 0 {
        speech::remark(&sentence!(
            "{companions} of the rows are about a kernel's headers, tools or a kernel that does not run now",
            "w tym {companions} o nagłówkach i narzędziach jądra albo o jądrze, które teraz nie działa"
        ));
    }
    remark_on_basis(report);
    remark_on_kernel(report);
    for (reason, packages) in &report.not_covered {
        let packages = *packages as u64;
        speech::remark(&Sentence::new(
            format!("{} not covered: {reason}", counted_en(packages, "package", "packages")),
            format!("{} bez pokrycia: {}", counted_pl(packages, "pakiet", "pakiety", "pakietów"), in_polish(reason)),
        ));
    }
}

/// What the rows, and the absence of rows, rest on.
fn remark_on_basis(report: &ScanReport) {
    for basis in &report.basis {
        let (advisories, ecosystem) = (basis.advisories(), &basis.ecosystem);
        let newest = basis.newest_at().map(|time| time.to_string().split('T').next().unwrap_or_default().to_owned());
        speech::remark(&Sentence::new(
            format!("rests on {} for {ecosystem}", counted_en(advisories, "advisory", "advisories"))
                + &newest.as_ref().map(|date| format!(", the newest of {date}")).unwrap_or_default(),
            format!("podstawa: {} dla {ecosystem}", counted_pl(advisories, "ostrzeżenie", "ostrzeżenia", "ostrzeżeń"))
                + &newest.map(|date| format!(", najnowsze z {date}")).unwrap_or_default(),
        ));
    }
}

/// The kernel that runs, as against those on the disk.
fn remark_on_kernel(report: &ScanReport) {
    if report.waits_for_reboot > 0 {
        let waiting = report.waits_for_reboot as u64;
        speech::remark(&Sentence::new(
            format!(
                "{} of the running kernel mended in an installed one: installed, waits for a reboot",
                counted_en(waiting, "flaw is", "flaws are")
            ),
            format!(
                "{} uruchomionego jądra, których zainstalowane jądro już nie ma: poprawka zainstalowana, czeka na restart",
                counted_pl(waiting, "podatność", "podatności", "podatności")
            ),
        ));
    }
    if let Some(reason) = &report.kernel_not_covered {
        speech::remark(&Sentence::new(
            format!("the running kernel is not covered: {reason}"),
            format!("uruchomione jądro bez pokrycia: {}", in_polish(reason)),
        ));
    }
}

/// A severity's name.
fn severity(name: &str) -> String {
    match name {
        "unknown" => speech::said(&sentence!("unknown", "nieznana")),
        "low" => speech::said(&sentence!("low", "niska")),
        "medium" => speech::said(&sentence!("medium", "średnia")),
        "high" => speech::said(&sentence!("high", "wysoka")),
        "critical" => speech::said(&sentence!("critical", "krytyczna")),
        other => other.to_owned(),
    }
}

/// Why packages are not covered. The English is the matcher's own; a reason that is new to this table is said in it.
fn in_polish(reason: &NotCovered) -> String {
    let about = reason.os().unwrap_or_default();
    match reason.name() {
        "os-not-collected" => "system operacyjny jest nieznany".into(),
        "packages-not-collected" => "pakiety nie są zbierane".into(),
        "os-not-supported" => format!("nie jest znane źródło ostrzeżeń dla {about}"),
        "manager-not-supported" => format!("ostrzeżenia dla {about} nie mówią o pakietach tego narzędzia"),
        "no-advisories" => format!("nie podano ostrzeżeń dla {about}"),
        "version-not-read" => "nie można uporządkować zainstalowanej wersji".into(),
        "other-origin" => {
            "inne pochodzenie niż wydanie dystrybucji (backport, inny dostawca), a tamtych wersji ostrzeżenia nie znają".into()
        }
        "kernel-not-collected" => "nie wiadomo, jakie jądro działa".into(),
        "kernel-of-no-package" => {
            "nie pochodzi z żadnego zainstalowanego pakietu (zbudowane samodzielnie albo należy do hosta, na którym działa kontener)".into()
        }
        "kernel-version-not-read" => "nie podaje, którą kompilacją z dystrybucji jest".into(),
        _ => reason.to_string(),
    }
}
