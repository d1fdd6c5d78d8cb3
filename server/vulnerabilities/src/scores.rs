//! EPSS scores in one piece: 16 bytes a CVE, sorted, in memory and (packed with zstd) as stored. 300,000 of them take
//! 5 MB instead of a table that every start would have to read row by row.

use crate::cve::Cve;
use crate::epss::Score;

/// FIRST publishes at most nine decimals; so scores are kept exactly, as billionths.
const BILLION: f64 = 1e9;
const ROW_BYTES: usize = 16;
const PACK_LEVEL: i32 = 3;
/// Most bytes that the stored form may unpack to: four million scores.
const UNPACKED_BYTES_MAX: usize = 4_000_000 * ROW_BYTES;

/// Every score known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scores(Vec<Row>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    cve: i64,
    epss: u32,
    percentile: u32,
}

impl Scores {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Probability and percentile of a CVE, 0 to 1.
    #[must_use]
    pub fn of(&self, cve: Cve) -> Option<(f64, f64)> {
        let at = self.0.binary_search_by_key(&cve.number(), |row| row.cve).ok()?;
        self.0.get(at).map(|row| (f64::from(row.epss) / BILLION, f64::from(row.percentile) / BILLION))
    }

    /// Takes in scores, of which the last for a CVE counts. Tells how many CVEs were added, how many got another score, and
    /// those scores.
    pub(crate) fn merge(&mut self, scores: Vec<Score>) -> (u64, u64, Self) {
        let news: Vec<Row> = scores.into_iter().map(Row::from).collect();
        self.merge_rows(news)
    }

    fn merge_rows(&mut self, mut news: Vec<Row>) -> (u64, u64, Self) {
        // The sort keeps the order of equals, and of these the last is kept.
        news.sort_by_key(|row| row.cve);
        news.reverse();
        news.dedup_by_key(|row| row.cve);
        news.reverse();
        let (mut added, mut updated, mut changed) = (0, 0, Vec::new());
        let mut merged = Vec::with_capacity(self.0.len() + news.len());
        let mut old = std::mem::take(&mut self.0).into_iter().peekable();
        for new in news {
            while let Some(row) = old.next_if(|row| row.cve < new.cve) {
                merged.push(row);
            }
            match old.next_if(|row| row.cve == new.cve) {
                None => added += 1,
                Some(row) if row != new => updated += 1,
                Some(_) => {
                    merged.push(new);
                    continue;
                }
            }
            changed.push(new);
            merged.push(new);
        }
        merged.extend(old);
        self.0 = merged;
        (added, updated, Self(changed))
    }

    /// These scores, of which the last for a CVE counts.
    #[must_use]
    pub fn of_all(scores: Vec<Score>) -> Self {
        let mut all = Self::default();
        all.merge(scores);
        all
    }

    /// Takes in the scores that a document changed.
    pub fn apply(&mut self, change: Self) {
        self.merge_rows(change.0);
    }

    /// Their stored form.
    ///
    /// # Errors
    /// They cannot be packed, for want of memory.
    pub fn pack(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.0.len() * ROW_BYTES);
        for row in &self.0 {
            bytes.extend_from_slice(&row.cve.to_le_bytes());
            bytes.extend_from_slice(&row.epss.to_le_bytes());
            bytes.extend_from_slice(&row.percentile.to_le_bytes());
        }
        zstd::bulk::compress(&bytes, PACK_LEVEL)
    }

    /// Scores from their stored form.
    ///
    /// # Errors
    /// It is broken.
    pub fn unpack(packed: &[u8]) -> std::io::Result<Self> {
        let bytes = zstd::bulk::decompress(packed, UNPACKED_BYTES_MAX)?;
        let rows = bytes.chunks_exact(ROW_BYTES).filter_map(|row| {
            let (cve, rest) = row.split_first_chunk()?;
            let (epss, rest) = rest.split_first_chunk()?;
            let percentile = rest.first_chunk()?;
            Some(Row { cve: i64::from_le_bytes(*cve), epss: u32::from_le_bytes(*epss), percentile: u32::from_le_bytes(*percentile) })
        });
        Ok(Self(rows.collect()))
    }
}

impl From<Score> for Row {
    fn from(score: Score) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a probability is 0 to 1, so this is 0 to 1e9")]
        let billionths = |probability: f64| (probability * BILLION).round() as u32;
        Self { cve: score.cve.number(), epss: billionths(score.epss), percentile: billionths(score.percentile) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(cve: &str, epss: f64) -> Score {
        Score { cve: cve.parse().expect("a CVE"), epss, percentile: 0.5 }
    }

    #[test]
    fn scores_are_merged_exactly_and_survive_their_stored_form() {
        let mut scores = Scores::default();
        let mut merge = |news: Vec<Score>| {
            let (added, updated, changed) = scores.merge(news);
            (added, updated, changed.len())
        };
        assert_eq!(merge(vec![score("CVE-2024-2222", 0.1), score("CVE-2024-1111", 0.000_430_001), score("CVE-2024-2222", 0.2)]), (2, 0, 2));
        assert_eq!(merge(vec![score("CVE-2024-2222", 0.2), score("CVE-2024-3333", 1.0)]), (1, 0, 1));
        assert_eq!(merge(vec![score("CVE-2024-1111", 0.0), score("CVE-2023-1111", 0.3)]), (1, 1, 2));
        assert_eq!(scores.of("CVE-2024-2222".parse().expect("a CVE")), Some((0.2, 0.5)));
        assert_eq!(scores.of("CVE-2024-9999".parse().expect("a CVE")), None);
        assert_eq!(Scores::unpack(&scores.pack().expect("packed")).expect("unpacked"), scores);
        assert_eq!(scores.len(), 4);
    }
}
