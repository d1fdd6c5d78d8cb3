//! How strong the stored password hashes are: for the doctor, who gets two numbers.

use kernel::{KeyRef, TenantId, UserId};
use store::{Sealed, StoreError, params};
use zeroize::Zeroizing;

use crate::data_map::place;
use crate::error::IdentityError;
use crate::password::is_strong;
use crate::{Identity, store as sql};

/// Accounts read at once.
const ACCOUNTS_PAGE_ROWS: i64 = 500;

impl Identity {
    /// How many password hashes there are, and how many of them are weaker than what is made today. One that is none is weak.
    ///
    /// # Errors
    /// Keys and store.
    pub async fn password_hashes(&self) -> Result<(u64, u64), IdentityError> {
        let (mut all, mut weak, mut after) = (0, 0, 0_i64);
        loop {
            let keys = self.keys();
            let page = self.db().read(move |tx| {
                let rows = tx.query(&sql::PASSWORD_HASHES_AFTER, &params![after, ACCOUNTS_PAGE_ROWS])?;
                let mut page = Vec::with_capacity(rows.len());
                for row in &rows {
                    let (user, tenant): (UserId, TenantId) = (row.get(0)?, row.get(1)?);
                    let sealed: Sealed<String> = row.get(2)?;
                    match sealed.open(keys.as_ref(), KeyRef::User(tenant, user), place::user_password_hash(user.number())) {
                        Ok(hash) => page.push((user, Some(Zeroizing::new(hash)))),
                        // Of somebody who is being erased: nothing opens it any more.
                        Err(error) if Sealed::<String>::is_erased(&error) => page.push((user, None)),
                        Err(error) => return Err(error),
                    }
                }
                Ok::<_, StoreError>(page)
            });
            let page = page.await?;
            let Some((last, _)) = page.last() else { return Ok((all, weak)) };
            after = last.number();
            for hash in page.iter().filter_map(|(_, hash)| hash.as_ref()) {
                all += 1;
                weak += u64::from(!is_strong(hash).unwrap_or(false));
            }
        }
    }
}
