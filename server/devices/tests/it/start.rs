//! What a start reads, and that a roster under change loses nothing.

use devices::NAME_CARD_BLOCK_DEVICES;
use kernel::{Scope, SystemWork};

use crate::machine::Machine;
use crate::reports::{debian, touch};
use crate::world::{World, on_both_engines};

async fn card(world: &World, scope: &Scope) -> Option<String> {
    let keys = world.trust.keyring();
    let bytes = world.stores.blobs().get(scope, &keys, "name-card-0").await.expect("read")?;
    Some(String::from_utf8(bytes).expect("text"))
}

#[test]
fn many_devices_are_packed_into_a_sealed_card_and_the_next_start_reads_the_same_names_from_it() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let scope = world.identity.mint().system(tenant.tenant, SystemWork::Reconciler);
        let named = |number: u32| wire::report::ExternalName(wire::Identifying::new(format!("script-{number}")));
        let mut devices = Vec::new();
        for number in 0..256 {
            devices.push(world.devices.device_of_external_name(&scope, &named(number)).await.unwrap());
        }
        for (number, device) in devices.iter().take(3).enumerate() {
            touch(&world, &tenant, *device, Some(debian(&format!("named-{number}"), "12"))).await.unwrap();
        }
        assert!(card(&world, &scope).await.is_none());
        let second_start = world.restarted();
        assert_eq!(second_start.names(&tenant, "q=named").await, ["named-0", "named-1", "named-2"]);
        assert!(card(&world, &scope).await.unwrap().contains("named-1"), "packed at the first start that had to open many");

        touch(&second_start, &tenant, devices[1], Some(debian("renamed", "12"))).await.unwrap();
        let third_start = world.restarted();
        assert_eq!(third_start.names(&tenant, "q=named").await, ["named-0", "named-2", "renamed"], "a changed row beats the card");
        assert!(devices.len() < NAME_CARD_BLOCK_DEVICES, "one block");

        let keys = world.trust.keyring();
        world.stores.blobs().put(&scope, &keys, "name-card-0", b"not a card".to_vec()).await.unwrap();
        assert_eq!(world.restarted().names(&tenant, "q=named").await, ["named-0", "named-2", "renamed"], "a broken card costs time only");
    });
}

#[test]
fn devices_that_join_while_the_list_is_read_for_the_first_time_are_in_it() {
    on_both_engines(async |world| {
        let tenant = world.tenant("Ada's fleet").await;
        let token = world.enrolment_token(&tenant, None, &[]).await;
        let world = world.restarted();
        let joins = async {
            for number in 1..=20 {
                Machine::new(number, &format!("web-{number:02}")).join(&world, &token).await;
            }
        };
        let reads = async {
            for _ in 0..20 {
                world.names(&tenant, "").await;
            }
        };
        tokio::join!(joins, reads);
        assert_eq!(world.names(&tenant, "").await.len(), 20);
        assert_eq!(world.names(&tenant, "").await, world.restarted().names(&tenant, "").await);
    });
}
