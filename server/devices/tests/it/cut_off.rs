//! Requests that are cut off, by a time-out or because who asked went away: memory is never behind the rows.

use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

use axum::http::StatusCode;
use devices::DeviceError;
use devices::groups::{GroupChange, GroupContent};
use identity::Labels;
use kernel::DeviceId;
use wire::Identifying;
use wire::report::ExternalName;

use crate::machine::Machine;
use crate::world::{As, Tenant, World, on_both_engines};

/// Polls work so often, then drops it. Gives what it came to, where it came to something before: on another thread
/// even the first wait may be over when it is looked at, so no test may demand that there was one.
async fn cut_off_after<T>(polls: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let mut left = polls;
    poll_fn(move |context| {
        left -= 1;
        match work.as_mut().poll(context) {
            Poll::Ready(came) => Poll::Ready(Some(came)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Waits for what other tasks and threads are about to do. The time is there to end a test that fails.
async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(20), waiting).await.is_ok(), "in the end: {what}");
}

/// What is seen in the rows comes to be seen in memory too.
async fn memory_follows(world: &World, what: &str, mut is_seen: impl AsyncFnMut(&World) -> bool) {
    eventually(&format!("{what}, in the rows"), async || is_seen(&world.restarted()).await).await;
    eventually(&format!("{what}, in memory"), async || is_seen(world).await).await;
}

async fn is_in_memory(world: &World, tenant: &Tenant, device: DeviceId) -> bool {
    world.devices.ordinals(&world.scope(tenant.tenant)).await.expect("read").of(device).is_some()
}

#[test]
fn a_machine_whose_enrolment_is_cut_off_anywhere_is_a_device_when_it_asks_again() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        world.names(&tenant, "").await;
        for polls in 1.. {
            let token = world.enrolment_token(&tenant, Some(1), &[]).await;
            let mut machine = Machine::new(u8::try_from(polls).unwrap(), "web");
            let first = cut_off_after(polls, machine.ask_to_join(&world, &token)).await;
            // The token is used up before the machine is a device; the first try may be between the two.
            eventually("it may join with its token", async || {
                let again = machine.ask_to_join(&world, &token).await;
                if again.status == StatusCode::UNAUTHORIZED {
                    return false;
                }
                machine.take_in(again);
                true
            })
            .await;
            let (_, device) = machine.enrolled.unwrap();
            assert!(is_in_memory(&world, &tenant, device).await, "cut off at wait {polls}");
            if first.is_some() {
                break;
            }
        }
    });
}

#[test]
fn a_script_whose_first_report_is_cut_off_anywhere_has_a_device_when_it_reports_again() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let scope = world.scope(tenant.tenant);
        world.names(&tenant, "").await;
        for polls in 1.. {
            let name = ExternalName(Identifying::new(format!("printer-{polls}")));
            let first = cut_off_after(polls, world.devices.device_of_external_name(&scope, &name)).await;
            let device = world.devices.device_of_external_name(&scope, &name).await.unwrap();
            assert!(is_in_memory(&world, &tenant, device).await, "cut off at wait {polls}");
            if first.is_some() {
                break;
            }
        }
    });
}

#[test]
fn a_device_whose_retirement_is_cut_off_is_shut_out_as_soon_as_that_is_written() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let mut machine = Machine::new(1, "web-1");
        let device = machine.join(&world, &token).await;
        let access_token = machine.access_token(&world).await.access_token;
        assert!(world.opens(&access_token).await);
        world.names(&tenant, "").await;
        let scope = world.scope(tenant.tenant);
        let _ = cut_off_after(1, world.devices.retire(&scope, device)).await;
        memory_follows(&world, "its token opens nothing", async |world| !world.opens(&access_token).await).await;
        memory_follows(&world, "it is retired", async |world| world.names(&tenant, "status=retired").await.len() == 1).await;
    });
}

#[test]
fn labels_and_groups_whose_change_is_cut_off_are_seen_as_soon_as_they_are_written() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let device = Machine::new(1, "web-1").join(&world, &token).await;
        let scope = world.scope(tenant.tenant);
        world.names(&tenant, "").await;

        let labels = Labels::new([("env".to_owned(), "prod".to_owned())].into()).unwrap();
        let _ = cut_off_after(1, world.devices.set_labels(&scope, device, labels)).await;
        memory_follows(&world, "the label is found", async |world| world.names(&tenant, "label=env%3Dprod").await.len() == 1).await;

        let groups = async |world: &World| {
            let groups = world.get("/groups", As::Bearer(&tenant.api_token)).await.body["items"].take();
            groups.as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let content = GroupContent::Query { selector: "all".parse().unwrap() };
        let _ = cut_off_after(1, world.devices.create_group(&scope, "Row 1".parse().unwrap(), content)).await;
        memory_follows(&world, "the group is there", async |world| groups(world).await == ["Row 1"]).await;

        let listed = world.devices.list_groups(&scope, kernel::PageRequest { cursor: None, limit: 1 }).await.unwrap();
        let group = listed.items[0].group;
        let change = GroupChange { name: Some("Row 2".parse().unwrap()), ..GroupChange::default() };
        let _ = cut_off_after(1, world.devices.change_group(&scope, group, change)).await;
        memory_follows(&world, "the group has its new name", async |world| groups(world).await == ["Row 2"]).await;

        let _ = cut_off_after(1, world.devices.delete_group(&scope, group)).await;
        memory_follows(&world, "the group is gone", async |world| groups(world).await.is_empty()).await;
        assert!(matches!(world.devices.group(&scope, group).await, Err(DeviceError::NotFound)));
    });
}
