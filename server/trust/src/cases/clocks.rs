//! What the law demands after a breach, and by when.
//!
//! Every clock runs from the moment at which the operator became aware. Some final reports may come later by the letter of the law
//! (CRA: 14 days after a remedy is there; NIS2: a month after the notification); who keeps these instants keeps those too.

use std::collections::BTreeSet;
use std::time::Duration;

use kernel::Timestamp;

/// Within how many hours customers are told, unless another number is chosen. GDPR, Art. 33(2), says "without undue delay" and no number;
/// a day leaves a customer, who has 72 hours of its own, two of them.
pub const CUSTOMERS_HOURS_DEFAULT: u16 = 24;
/// The most hours: a customer whose own 72 hours are over was told too late.
pub const CUSTOMERS_HOURS_MAX: u16 = 72;

const HOUR: Duration = Duration::from_secs(3_600);

macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The text form.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one of this text.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.text() == text)
            }
        }
    };
}
pub(crate) use texts;

texts! {
    /// A law whose clocks run.
    Regime {
        /// The Cyber Resilience Act, Art. 14: the product itself has the weakness.
        Cra = "cra";
        /// The General Data Protection Regulation, Art. 33 and 34: personal data are concerned.
        Gdpr = "gdpr";
        /// The NIS2 Directive, Art. 23: an essential or important entity's service.
        Nis2 = "nis2";
    }
}

texts! {
    /// A step that is to be taken.
    Step {
        /// The CRA's early warning to the CSIRT and ENISA.
        CraEarlyWarning = "cra-early-warning";
        /// The CRA's final report.
        CraFinalReport = "cra-final-report";
        /// The CRA's notification.
        CraNotification = "cra-notification";
        /// Customers whose data are affected are told.
        Customers = "customers";
        /// The notification to the data protection authority.
        GdprAuthority = "gdpr-authority";
        /// NIS2's early warning to the CSIRT.
        Nis2EarlyWarning = "nis2-early-warning";
        /// NIS2's final report.
        Nis2FinalReport = "nis2-final-report";
        /// NIS2's notification.
        Nis2Notification = "nis2-notification";
    }
}

impl Step {
    /// The law that demands it; nothing where each of them does.
    #[must_use]
    pub const fn regime(self) -> Option<Regime> {
        match self {
            Self::CraEarlyWarning | Self::CraNotification | Self::CraFinalReport => Some(Regime::Cra),
            Self::GdprAuthority => Some(Regime::Gdpr),
            Self::Nis2EarlyWarning | Self::Nis2Notification | Self::Nis2FinalReport => Some(Regime::Nis2),
            // GDPR, Art. 33(2); CRA, Art. 14(8); NIS2, Art. 23(1).
            Self::Customers => None,
        }
    }

    /// By when it is to be taken.
    #[must_use]
    pub fn due_at(self, aware_at: Timestamp, customers_hours: u16) -> Timestamp {
        match self {
            Self::Customers => aware_at.plus(HOUR * u32::from(customers_hours)),
            Self::CraEarlyWarning | Self::Nis2EarlyWarning => aware_at.plus(HOUR * 24),
            Self::GdprAuthority | Self::CraNotification | Self::Nis2Notification => aware_at.plus(HOUR * 72),
            Self::CraFinalReport => aware_at.plus(HOUR * 24 * 14),
            Self::Nis2FinalReport => aware_at.plus_months(1),
        }
    }
}

/// The steps of these laws.
pub(super) fn steps(regimes: &BTreeSet<Regime>) -> impl Iterator<Item = Step> + '_ {
    Step::ALL.iter().copied().filter(|step| step.regime().is_none_or(|regime| regimes.contains(&regime)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(step: Step) -> String {
        let aware_at: Timestamp = "2027-01-31T10:30:00Z".parse().expect("a time");
        step.due_at(aware_at, CUSTOMERS_HOURS_DEFAULT).to_string()
    }

    #[test]
    fn each_step_is_due_when_its_law_says() {
        assert_eq!(due(Step::Customers), "2027-02-01T10:30:00Z");
        assert_eq!(due(Step::GdprAuthority), "2027-02-03T10:30:00Z", "GDPR, Art. 33(1): 72 hours");
        assert_eq!(due(Step::CraEarlyWarning), "2027-02-01T10:30:00Z", "CRA, Art. 14(2)(a): 24 hours");
        assert_eq!(due(Step::CraNotification), "2027-02-03T10:30:00Z", "CRA, Art. 14(2)(b): 72 hours");
        assert_eq!(due(Step::CraFinalReport), "2027-02-14T10:30:00Z", "CRA, Art. 14(2)(c): 14 days");
        assert_eq!(due(Step::Nis2EarlyWarning), "2027-02-01T10:30:00Z", "NIS2, Art. 23(4)(a): 24 hours");
        assert_eq!(due(Step::Nis2Notification), "2027-02-03T10:30:00Z", "NIS2, Art. 23(4)(b): 72 hours");
        assert_eq!(due(Step::Nis2FinalReport), "2027-02-28T10:30:00Z", "NIS2, Art. 23(4)(d): a month, to the last day of a shorter one");
    }

    #[test]
    fn customers_are_told_whichever_law_it_is() {
        for regime in Regime::ALL {
            let of_one: Vec<Step> = steps(&BTreeSet::from([*regime])).collect();
            assert!(of_one.contains(&Step::Customers), "{regime:?}");
            assert!(of_one.iter().all(|step| step.regime().is_none_or(|of| of == *regime)), "{of_one:?}");
        }
        assert_eq!(steps(&Regime::ALL.iter().copied().collect()).count(), Step::ALL.len());
    }
}
