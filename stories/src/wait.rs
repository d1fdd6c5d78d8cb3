//! Waiting for something that happens soon, without guessing when.

use std::time::Duration;

use kernel::Clock;

/// Pause between two looks: long enough to leave the processor to what is waited for.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// Looks again and again until there is something to see.
///
/// # Panics
///
/// If there is nothing after `time_max`; `what` says what was waited for, and `look`'s last word why it was not there.
pub fn until<T>(what: &str, time_max: Duration, mut look: impl FnMut() -> Result<T, String>) -> T {
    let clock = Clock::system();
    let begun = clock.monotonic();
    loop {
        match look() {
            Ok(found) => return found,
            Err(last) if clock.monotonic().saturating_sub(begun) > time_max => panic!("waited {time_max:?} for {what}; last: {last}"),
            // Nobody unparks this thread: it is a pause between looks, and no test depends on its length.
            Err(_) => std::thread::park_timeout(LOOK_INTERVAL),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_what_is_found() {
        let mut looks = 0;
        let found = until("the third look", Duration::from_secs(60), || {
            looks += 1;
            if looks == 3 { Ok(looks) } else { Err("not yet".into()) }
        });
        assert_eq!(found, 3);
    }

    #[test]
    #[should_panic(expected = "for a miracle; last: not yet")]
    fn it_ends_with_the_last_reason_where_nothing_is_found() {
        until::<()>("a miracle", Duration::ZERO, || Err("not yet".into()));
    }
}
