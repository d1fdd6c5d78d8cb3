//! How grave a vulnerability is: CVSS vectors, the base score computed from them, and the rating shown.
//!
//! Only what an advisory states is used. Where nothing is stated, or the vector is of a version whose score is not
//! computed here (CVSS 4.0 needs a table of 270 rows), the rating is "unknown", which is neither good nor bad news.

use serde::{Deserialize, Serialize};

/// The rating shown to people, in rising order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rating {
    /// Nothing is stated.
    #[default]
    Unknown,
    /// Below 4.0.
    Low,
    /// From 4.0.
    Medium,
    /// From 7.0.
    High,
    /// From 9.0.
    Critical,
}

/// A CVSS vector as the advisory states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Severity {
    /// The kind, as in `CVSS_V3`.
    pub kind: String,
    /// The vector, as in `CVSS:3.1/AV:N/...`.
    pub score: String,
}

impl Rating {
    /// The rating's name in JSON and the console.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The rating of a base score, by the scale of CVSS 3.1 §5.
    #[must_use]
    pub fn of_score(score: f64) -> Self {
        match score {
            score if score >= 9.0 => Self::Critical,
            score if score >= 7.0 => Self::High,
            score if score >= 4.0 => Self::Medium,
            _ => Self::Low,
        }
    }

    /// The rating of a vendor's word (`Important`, `MODERATE`, `high`).
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "critical" => Self::Critical,
            "high" | "important" => Self::High,
            "medium" | "moderate" => Self::Medium,
            "low" | "minor" | "negligible" => Self::Low,
            _ => Self::Unknown,
        }
    }
}

impl Severity {
    /// The base score, 0.0 to 10.0, where the vector is of CVSS 3.0 or 3.1 and complete.
    #[must_use]
    pub fn base_score(&self) -> Option<f64> {
        let metrics = self.score.strip_prefix("CVSS:3.1/").or_else(|| self.score.strip_prefix("CVSS:3.0/"))?;
        let value = |name: &str| metrics.split('/').find_map(|metric| metric.strip_prefix(name)?.strip_prefix(':'));
        let scope_changed = match value("S")? {
            "C" => true,
            "U" => false,
            _ => return None,
        };
        let impact_of = |name: &str| weight(value(name)?, &[("H", 0.56), ("L", 0.22), ("N", 0.0)]);
        let impact_base = 1.0 - (1.0 - impact_of("C")?) * (1.0 - impact_of("I")?) * (1.0 - impact_of("A")?);
        let impact = if scope_changed { 7.52 * (impact_base - 0.029) - 3.25 * (impact_base - 0.02).powi(15) } else { 6.42 * impact_base };
        let privileges: &[(&str, f64)] =
            if scope_changed { &[("N", 0.85), ("L", 0.68), ("H", 0.5)] } else { &[("N", 0.85), ("L", 0.62), ("H", 0.27)] };
        let exploitability = 8.22
            * weight(value("AV")?, &[("N", 0.85), ("A", 0.62), ("L", 0.55), ("P", 0.2)])?
            * weight(value("AC")?, &[("L", 0.77), ("H", 0.44)])?
            * weight(value("PR")?, privileges)?
            * weight(value("UI")?, &[("N", 0.85), ("R", 0.62)])?;
        if impact <= 0.0 {
            return Some(0.0);
        }
        let sum = impact + exploitability;
        Some(round_up(if scope_changed { (1.08 * sum).min(10.0) } else { sum.min(10.0) }))
    }
}

fn weight(value: &str, weights: &[(&str, f64)]) -> Option<f64> {
    weights.iter().find(|(name, _)| *name == value).map(|(_, weight)| *weight)
}

/// CVSS 3.1, appendix A: up to one decimal, without the error of binary fractions.
fn round_up(score: f64) -> f64 {
    let hundred_thousandths = (score * 100_000.0).round();
    if hundred_thousandths % 10_000.0 == 0.0 {
        hundred_thousandths / 100_000.0
    } else {
        ((hundred_thousandths / 10_000.0).floor() + 1.0) / 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(vector: &str) -> Option<f64> {
        Severity { kind: "CVSS_V3".into(), score: vector.into() }.base_score()
    }

    #[test]
    fn base_scores_are_those_of_the_cvss_examples() {
        for (vector, expected) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
            ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8),
            ("CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N", 5.9),
            ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9),
            ("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
        ] {
            assert_eq!(score(vector), Some(expected), "{vector}");
        }
    }

    #[test]
    fn an_incomplete_or_unknown_vector_has_no_score() {
        for vector in ["", "CVSS:3.1/AV:N", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "AV:N/AC:L/Au:N/C:P/I:P/A:P"]
        {
            assert_eq!(score(vector), None, "{vector}");
        }
    }

    #[test]
    fn ratings_follow_the_scale_and_the_vendors_words() {
        assert_eq!(
            [0.0, 3.9, 4.0, 6.9, 7.0, 8.9, 9.0].map(Rating::of_score),
            [Rating::Low, Rating::Low, Rating::Medium, Rating::Medium, Rating::High, Rating::High, Rating::Critical]
        );
        assert_eq!(["Important", "Moderate", "bug"].map(Rating::of_word), [Rating::High, Rating::Medium, Rating::Unknown]);
    }
}
