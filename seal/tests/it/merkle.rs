use proptest::prelude::*;
use seal::hash::sha256;
use seal::merkle::{Hash, consistency_proof, inclusion_proof, is_consistent, leaf_hash, node_hash, root, root_by_inclusion, root_of};

use crate::hex;

/// The inputs and roots that the Certificate Transparency reference implementations agree on.
const LEAVES: [&[u8]; 8] = [b"", &[0x00], &[0x10], &[0x20, 0x21], &[0x30, 0x31], b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn roots_are_those_of_certificate_transparency() {
    let leaves = LEAVES.map(leaf_hash);
    for (count, expected) in ROOTS.iter().enumerate() {
        assert_eq!(root(&leaves[..count]), hex(expected), "{count} leaves");
    }
}

#[test]
fn a_node_is_no_leaf_of_the_same_bytes() {
    let (left, right) = (leaf_hash(b"a"), leaf_hash(b"b"));
    assert_ne!(node_hash(&left, &right), leaf_hash(&[left, right].concat()));
}

proptest! {
    #[test]
    fn the_root_is_that_of_the_recursive_definition(leaves in prop::collection::vec(any::<Hash>(), 0..130)) {
        prop_assert_eq!(root(&leaves), by_definition(&leaves));
    }
}

/// RFC 6962, section 2.1, word for word.
fn by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(b""),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
            node_hash(&by_definition(left), &by_definition(right))
        }
    }
}

/// Tells complete subtrees of these leaves.
fn nodes(leaves: &[Hash]) -> impl FnMut(u32, u64) -> Result<Hash, ()> {
    |level, index| {
        let (first, count) = ((index as usize) << level, 1 << level);
        leaves.get(first..first + count).map(root).ok_or(())
    }
}

/// RFC 6962, section 2.1.1, word for word.
fn path_by_definition(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut path, sibling) = if index < left.len() {
        (path_by_definition(index, left), by_definition(right))
    } else {
        (path_by_definition(index - left.len(), right), by_definition(left))
    };
    path.push(sibling);
    path
}

/// RFC 6962, section 2.1.2, word for word.
fn consistency_by_definition(old: usize, leaves: &[Hash], is_whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if is_whole { Vec::new() } else { vec![by_definition(leaves)] };
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut proof, sibling) = if old <= left.len() {
        (consistency_by_definition(old, left, is_whole), by_definition(right))
    } else {
        (consistency_by_definition(old - left.len(), right, false), by_definition(left))
    };
    proof.push(sibling);
    proof
}

fn many(count: usize) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

#[test]
fn inclusion_proofs_are_those_of_the_definition_and_lead_to_the_root() {
    for size in 1..=70 {
        let leaves = many(size);
        let whole = root(&leaves);
        assert_eq!(root_of(size as u64, &mut nodes(&leaves)), Ok(whole));
        for index in 0..size {
            let proof = inclusion_proof(index as u64, size as u64, &mut nodes(&leaves)).expect("known");
            assert_eq!(proof, path_by_definition(index, &leaves), "leaf {index} of {size}");
            assert_eq!(root_by_inclusion(leaves[index], index as u64, size as u64, &proof), Some(whole), "leaf {index} of {size}");
        }
    }
}

#[test]
fn consistency_proofs_are_those_of_the_definition_and_hold() {
    for size in 1..=70 {
        let leaves = many(size);
        for old in 0..=size {
            let proof = consistency_proof(old as u64, size as u64, &mut nodes(&leaves)).expect("known");
            let expected = if old == 0 { Vec::new() } else { consistency_by_definition(old, &leaves, true) };
            assert_eq!(proof, expected, "{old} of {size}");
            let roots = (root(&leaves[..old]), root(&leaves));
            assert!(is_consistent(old as u64, size as u64, roots, &proof), "{old} of {size}");
        }
    }
}

proptest! {
    #[test]
    fn no_other_leaf_index_size_or_proof_leads_to_the_root(size in 2_usize..200, seed: u64, bit: u16) {
        let leaves = many(size);
        let whole = root(&leaves);
        let index = seed % size as u64;
        let proof = inclusion_proof(index, size as u64, &mut nodes(&leaves)).expect("known");
        let leaf = leaves[index as usize];
        let other = leaves[(index as usize + 1) % size];
        prop_assert_ne!(root_by_inclusion(other, index, size as u64, &proof), Some(whole));
        for wrong in (0..size as u64).filter(|wrong| *wrong != index) {
            prop_assert_ne!(root_by_inclusion(leaf, wrong, size as u64, &proof), Some(whole));
        }
        let mut flipped = proof.clone();
        let place = usize::from(bit) % (flipped.len() * 256);
        flipped[place / 256][place % 256 / 8] ^= 1 << (place % 8);
        prop_assert_ne!(root_by_inclusion(leaf, index, size as u64, &flipped), Some(whole));
        prop_assert_eq!(root_by_inclusion(leaf, index, size as u64, &proof[1..]), None);
        prop_assert_eq!(root_by_inclusion(leaf, index, size as u64, &[&proof[..], &[whole]].concat()), None);
        prop_assert_eq!(root_by_inclusion(leaf, size as u64, size as u64, &proof), None);
    }

    #[test]
    fn a_tree_that_was_altered_is_not_consistent(size in 2_usize..200, seed: u64, altered: u64) {
        let leaves = many(size);
        let old = 1 + seed as usize % (size - 1);
        let mut rewritten = leaves.clone();
        rewritten[altered as usize % old] = leaf_hash(b"rewritten");
        let proof = consistency_proof(old as u64, size as u64, &mut nodes(&rewritten)).expect("known");
        prop_assert!(!is_consistent(old as u64, size as u64, (root(&leaves[..old]), root(&rewritten)), &proof));
        let honest = consistency_proof(old as u64, size as u64, &mut nodes(&leaves)).expect("known");
        prop_assert!(!is_consistent(old as u64, size as u64, (root(&leaves[..old]), root(&rewritten)), &honest));
        prop_assert!(!is_consistent(size as u64, old as u64, (root(&leaves), root(&leaves[..old])), &honest), "a log does not shrink");
    }
}
