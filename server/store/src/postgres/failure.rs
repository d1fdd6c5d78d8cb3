//! PostgreSQL's refusals, without the values that its messages quote.

use tokio_postgres::error::SqlState;

use crate::StoreError;

/// Whether the transaction lost against another one and may simply run again.
pub(crate) fn may_run_again(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED)
}

/// Whether the connection is gone: broken, or ended by the server with a farewell (57P01 to 57P05).
pub(crate) fn has_ended(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || error.code().is_some_and(|code| code.code().starts_with("57P"))
}

/// What PostgreSQL refused.
pub(crate) fn failure(doing: &str, error: &tokio_postgres::Error) -> StoreError {
    let Some(refused) = error.as_db_error() else {
        let is_gone = error.is_closed() || std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
        return if is_gone {
            StoreError::Unavailable(format!("{doing}: the connection to PostgreSQL broke"))
        } else {
            StoreError::Engine { statement: doing.into(), reason: error.to_string() }
        };
    };
    let code = refused.code();
    let class = code.code().get(..2).unwrap_or_default();
    if may_run_again(error) {
        return StoreError::Busy("other transactions kept changing the same rows");
    }
    match class {
        "23" => StoreError::Conflict { constraint: refused.constraint().or(refused.column()).unwrap_or("without a name").into() },
        "08" | "53" | "58" => StoreError::Unavailable(format!("{doing}: PostgreSQL says {}", refused.message())),
        // Operator intervention: shutting down, starting up; but also a statement that took too long.
        "57" if *code == SqlState::QUERY_CANCELED => StoreError::Busy("a statement took too long"),
        "57" => StoreError::Unavailable(format!("{doing}: PostgreSQL says {}", refused.message())),
        "55" => StoreError::Busy("a lock was not given in time"),
        "25" if *code == SqlState::IN_FAILED_SQL_TRANSACTION => StoreError::Aborted,
        "XX" => StoreError::Corrupt(format!("{doing}: PostgreSQL says {}", code.code())),
        // Data exceptions quote the data.
        "22" => StoreError::Engine { statement: doing.into(), reason: format!("a value is not acceptable (SQLSTATE {})", code.code()) },
        _ => StoreError::Engine { statement: doing.into(), reason: format!("{} (SQLSTATE {})", refused.message(), code.code()) },
    }
}
