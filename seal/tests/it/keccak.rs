//! SHAKE128 (FIPS 202), needed here only: C2SP draws its accumulated tests from it, and no shipped code uses it.

const RATE_BYTES: usize = 168;

/// A sponge that first absorbs and then gives as many bytes as wanted.
pub(crate) struct Shake128 {
    state: [u64; 25],
    position: usize,
    squeezing: bool,
}

impl Shake128 {
    pub(crate) fn new() -> Self {
        Self { state: [0; 25], position: 0, squeezing: false }
    }

    pub(crate) fn absorb(&mut self, bytes: &[u8]) {
        assert!(!self.squeezing);
        for byte in bytes {
            self.xor(self.position, *byte);
            self.position += 1;
            if self.position == RATE_BYTES {
                permute(&mut self.state);
                self.position = 0;
            }
        }
    }

    pub(crate) fn read(&mut self, length: usize) -> Vec<u8> {
        if !self.squeezing {
            self.xor(self.position, 0x1f);
            self.xor(RATE_BYTES - 1, 0x80);
            permute(&mut self.state);
            self.position = 0;
            self.squeezing = true;
        }
        (0..length).map(|_| self.next_byte()).collect()
    }

    fn next_byte(&mut self) -> u8 {
        if self.position == RATE_BYTES {
            permute(&mut self.state);
            self.position = 0;
        }
        let byte = self.state[self.position / 8].to_le_bytes()[self.position % 8];
        self.position += 1;
        byte
    }

    fn xor(&mut self, position: usize, byte: u8) {
        self.state[position / 8] ^= u64::from(byte) << (8 * (position % 8));
    }
}

/// Keccak-f[1600]. Rotation offsets and round constants are computed as FIPS 202 defines them, not copied.
fn permute(state: &mut [u64; 25]) {
    let mut lfsr = 1_u8;
    for _ in 0..24 {
        let columns: [u64; 5] = std::array::from_fn(|x| (0..5).fold(0, |sum, y| sum ^ state[x + 5 * y]));
        for x in 0..5 {
            let change = columns[(x + 4) % 5] ^ columns[(x + 1) % 5].rotate_left(1);
            (0..5).for_each(|y| state[x + 5 * y] ^= change);
        }
        let (mut x, mut y, mut lane) = (1, 0, state[1]);
        for step in 0_u32..24 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            let moved = lane.rotate_left((step + 1) * (step + 2) / 2 % 64);
            lane = std::mem::replace(&mut state[x + 5 * y], moved);
        }
        for y in 0..5 {
            let row: [u64; 5] = std::array::from_fn(|x| state[x + 5 * y]);
            (0..5).for_each(|x| state[x + 5 * y] = row[x] ^ (!row[(x + 1) % 5] & row[(x + 2) % 5]));
        }
        for bit in 0..7 {
            if lfsr & 1 == 1 {
                state[0] ^= 1 << ((1_u32 << bit) - 1);
            }
            lfsr = (lfsr << 1) ^ ((lfsr >> 7) * 0x71);
        }
    }
}
