package release

import "math/bits"

// prime is a Mersenne prime, for arithmetic without rounding.
const prime = 1<<61 - 1

func residue(n int64) uint64 {
	if n %= prime; n < 0 {
		n += prime
	}
	return uint64(n)
}

func plus(a, b uint64) uint64 {
	if a += b; a >= prime {
		a -= prime
	}
	return a
}

func minus(a uint64) uint64 {
	if a == 0 {
		return 0
	}
	return prime - a
}

func times(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return plus(low&prime, high<<3|low>>61)
}

// inverse is a to the power prime-2. It panics on 0, which has none.
func inverse(a uint64) uint64 {
	if a == 0 {
		panic("release: a sum divided by nothing")
	}
	if a == 1 {
		return 1
	}
	out := uint64(1)
	for n := uint64(prime - 2); n > 0; n >>= 1 {
		if n&1 == 1 {
			out = times(out, a)
		}
		a = times(a, a)
	}
	return out
}
