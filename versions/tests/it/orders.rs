//! What each order says, in small examples that need no other file.

use std::cmp::Ordering;

use versions::{Ecosystem, VERSION_BYTES_MAX, VersionError};

/// Each line's versions ascend; `=` joins equal ones.
fn ascends(ecosystem: Ecosystem, lines: &[&str]) {
    for line in lines {
        let steps: Vec<&str> = line.split(" < ").collect();
        for (at, a) in steps.iter().enumerate() {
            for (other, b) in steps.iter().enumerate() {
                for a in a.split(" = ") {
                    for b in b.split(" = ") {
                        assert_eq!(ecosystem.compare(a, b), Ok(at.cmp(&other)), "{a} against {b}");
                        if ecosystem.has_sort_key() {
                            let keys = (ecosystem.sort_key(a).expect("a key"), ecosystem.sort_key(b).expect("a key"));
                            assert_eq!(keys.0.cmp(&keys.1), at.cmp(&other), "keys of {a} against {b}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn dpkg_orders_tilde_end_letters_and_signs() {
    ascends(
        Ecosystem::Deb,
        &[
            "1.0~~a < 1.0~rc1 < 1.0 = 1.0-0 = 0:1.0 < 1.0-1~bpo12+1 < 1.0-1 < 1.0-1+deb12u1 < 1.0-1+deb12u2 < 1.0-1.1 < 1.0a < 1.0+dfsg < 1.0.1",
            "1. = 1.0 = 1.00 < 1.0.1",
            "2Z = 2Z0 < 2Z1",
            "9 < 10 < 1:1 < 1:2 < 10:0",
            "1.0-1 < 1.0-1-1",
            "99999999999999999999999998 < 99999999999999999999999999",
        ],
    );
}

#[test]
fn rpm_orders_tilde_end_caret_letters_and_numbers() {
    ascends(
        Ecosystem::Rpm,
        &[
            "1.0~rc1-1 < 1.0 < 1.0-1 = 1.0-01 = 0:1.0-1 < 1.0-1.el9 < 1.0-1.el9_2 < 1.0-2 < 1.0^git1-1 < 1.0a-1 < 1.0.1-1 < 1:0.1-1",
            "1_0 = 1.0 = 1..0 = 1.0.",
            "el9 < 9",
        ],
    );
}

#[test]
fn pep440_orders_pre_post_dev_and_local() {
    ascends(
        Ecosystem::Pep440,
        &[
            "1.dev1 < 1a1.dev1 < 1a1 = 1.0-alpha.1 < 1b1 < 1rc1 = 1c1 = 1.preview_1 < 1 = 1.0.0 = v1 < 1+a < 1+a.1 < 1+1 < 1.post1.dev1 < 1.post1 = 1-1 = 1.r1 < 1.1 < 1!0",
        ],
    );
    assert_eq!(Ecosystem::Pep440.sort_key("1.0-local"), Err(VersionError::Shape));
}

#[test]
fn semver_orders_pre_releases_before_their_release() {
    ascends(
        Ecosystem::Semver,
        &[
            "0.0.0-0 < 0.0.0 = 0 < 1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 < 1.0.0 = v1.0 = 1.0.0+build",
            "1.9.0 < 1.10.0",
        ],
    );
    for text in ["1.2.3.4", "x", "1..2", "1.0.0-", "1.0.0-a..b", "1.0.0-a_b"] {
        assert_eq!(Ecosystem::Semver.sort_key(text), Err(VersionError::Shape), "{text}");
    }
}

#[test]
fn rubygems_orders_letters_before_numbers() {
    ascends(Ecosystem::RubyGems, &["1.0.a = 1.a < 1.a.1 < 1.b < 1.pre.1 = 1-1 < 1 = 1.0.0 < 1.0.1 < 1.1"]);
    ascends(Ecosystem::RubyGems, &["1.a.0.b < 1.a = 1.a.0 < 1.a.0.0.2 < 1.a.0.2 < 1.a.2"]);
}

#[test]
fn maven_knows_its_words() {
    ascends(
        Ecosystem::Maven,
        &["1-alpha-1 = 1-a1 < 1-beta < 1-milestone < 1-rc = 1-cr < 1-snapshot < 1 = 1.0 = 1-final = 1-ga < 1-sp < 1-abc < 1-1 < 1.1"],
    );
    assert!(Ecosystem::Maven.sort_key("1").is_err());
}

#[test]
fn text_that_is_no_version_is_refused_with_its_reason() {
    assert_eq!(Ecosystem::Deb.sort_key(""), Err(VersionError::Empty));
    assert_eq!(Ecosystem::Deb.sort_key("1:"), Err(VersionError::Empty));
    assert_eq!(Ecosystem::Deb.sort_key("a:1"), Err(VersionError::Epoch));
    assert_eq!(Ecosystem::Deb.sort_key(":1"), Err(VersionError::Epoch));
    assert_eq!(Ecosystem::Deb.sort_key("1 0"), Err(VersionError::Character { character: ' ' }));
    assert_eq!(Ecosystem::Rpm.sort_key("1\n0"), Err(VersionError::Character { character: '\n' }));
}

#[test]
fn a_version_at_the_limit_is_read_and_one_beyond_is_refused() {
    let longest = "9".repeat(VERSION_BYTES_MAX);
    let longer = "9".repeat(VERSION_BYTES_MAX + 1);
    for ecosystem in Ecosystem::ALL {
        assert_eq!(ecosystem.compare(&longest, "9"), Ok(Ordering::Greater), "{}", ecosystem.name());
        assert_eq!(ecosystem.compare(&longer, "9"), Err(VersionError::TooLong { size_bytes: VERSION_BYTES_MAX + 1 }));
    }
}

#[test]
fn every_order_is_found_by_its_name() {
    for ecosystem in Ecosystem::ALL {
        assert_eq!(Ecosystem::from_name(ecosystem.name()), Some(ecosystem));
    }
    assert_eq!(Ecosystem::from_name("crates.io"), Some(Ecosystem::Semver));
    assert_eq!(Ecosystem::from_name("cobol"), None);
}
