import { itemAt } from '../numeric/at.ts';

/**
 * Finite commutative rings in which the constructions of communication patterns do their arithmetic: the Galois field
 * GF(p^k) and the integers modulo m. Elements are the numbers 0..order-1; in GF(p^k) the base-p digits of a number are
 * the coefficients of its polynomial, lowest power first.
 */
export interface FiniteRing {
  readonly order: number;
  add(a: number, b: number): number;
  multiply(a: number, b: number): number;
}

export interface GaloisField extends FiniteRing {
  readonly characteristic: number;
  readonly degree: number;
  /** The smallest element whose powers run through all non-zero elements. */
  readonly primitive: number;
  /** primitive^exponent for any integer exponent. */
  power(exponent: number): number;
  /** The exponent e in 0..order-2 with power(e) = element; throws a RangeError for 0. */
  logarithm(element: number): number;
}

/** The primes that divide `m`, ascending and with repetition; empty for m < 2. */
export function primeFactors(m: number): number[] {
  const factors: number[] = [];
  let rest = m;
  for (let p = 2; p * p <= rest; p++) {
    while (rest % p === 0) {
      factors.push(p);
      rest /= p;
    }
  }
  if (rest > 1) factors.push(rest);
  return factors;
}

/** True when a field of `q` elements exists. */
export function isPrimePower(q: number): boolean {
  return q >= 2 && Number.isInteger(q) && new Set(primeFactors(q)).size === 1;
}

/** The integers modulo m. */
export function integersModulo(m: number): FiniteRing {
  return { order: m, add: (a, b) => (a + b) % m, multiply: (a, b) => (a * b) % m };
}

function digitsOf(element: number, p: number, length: number): number[] {
  const digits: number[] = [];
  for (let i = 0, rest = element; i < length; i++, rest = Math.floor(rest / p)) digits.push(rest % p);
  return digits;
}

const numberOf = (digits: readonly number[], p: number): number => digits.reduceRight((sum, d) => sum * p + d, 0);

/** Remainder of a polynomial (coefficients modulo p, lowest power first) on division by a monic one. */
function polynomialRemainder(dividend: readonly number[], monic: readonly number[], p: number): number[] {
  const rest = [...dividend];
  const degree = monic.length - 1;
  for (let top = rest.length - 1; top >= degree; top--) {
    const lead = itemAt(rest, top);
    if (lead === 0) continue;
    for (let i = 0; i <= degree; i++) {
      const at = top - degree + i;
      rest[at] = (((itemAt(rest, at) - lead * itemAt(monic, i)) % p) + p) % p;
    }
  }
  return rest.slice(0, degree);
}

/** The first monic irreducible polynomial of the degree, by the number its lower coefficients spell. */
function irreduciblePolynomial(p: number, degree: number): number[] {
  for (let code = 0; code < p ** degree; code++) {
    const candidate = [...digitsOf(code, p, degree), 1];
    let divisible = false;
    for (let d = 1; d <= degree / 2 && !divisible; d++) {
      for (let divisor = 0; divisor < p ** d && !divisible; divisor++) {
        divisible = polynomialRemainder(candidate, [...digitsOf(divisor, p, d), 1], p).every((c) => c === 0);
      }
    }
    if (!divisible) return candidate;
  }
  throw new Error(`no irreducible polynomial of degree ${degree} over GF(${p})`);
}

function multiplyPolynomials(a: readonly number[], b: readonly number[], p: number): number[] {
  const product = new Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((x, i) => b.forEach((y, j) => (product[i + j] = (itemAt(product, i + j) + x * y) % p)));
  return product;
}

/**
 * The field with q elements, or undefined when q is not a prime power.
 *
 * Products are read from tables of powers and logarithms of the primitive element, so one costs two look-ups.
 * Building the tables takes O(q · degree²).
 */
export function galoisField(q: number): GaloisField | undefined {
  if (!isPrimePower(q)) return undefined;
  const factors = primeFactors(q);
  const p = itemAt(factors, 0);
  const degree = factors.length;
  const modulus = irreduciblePolynomial(p, degree);
  const slowProduct = (a: number, b: number): number =>
    numberOf(
      polynomialRemainder(multiplyPolynomials(digitsOf(a, p, degree), digitsOf(b, p, degree), p), modulus, p),
      p,
    );

  const powersOf = (base: number): number[] => {
    const powers = [1];
    for (let next = base; next !== 1 && powers.length < q; next = slowProduct(next, base)) powers.push(next);
    return powers;
  };
  let primitive = 1;
  let powers = [1];
  while (powers.length !== q - 1) powers = powersOf(++primitive);
  const logarithms = new Map(powers.map((element, exponent) => [element, exponent]));

  const power = (exponent: number): number => itemAt(powers, ((exponent % (q - 1)) + (q - 1)) % (q - 1));
  const logarithm = (element: number): number => {
    const exponent = logarithms.get(element);
    if (exponent === undefined) throw new RangeError(`${element} has no logarithm in GF(${q})`);
    return exponent;
  };
  const add =
    degree === 1
      ? (a: number, b: number): number => (a + b) % p
      : (a: number, b: number): number => {
          const right = digitsOf(b, p, degree);
          return numberOf(
            digitsOf(a, p, degree).map((digit, i) => (digit + itemAt(right, i)) % p),
            p,
          );
        };
  return {
    order: q,
    characteristic: p,
    degree,
    primitive,
    add,
    multiply: (a, b) => (a === 0 || b === 0 ? 0 : power(logarithm(a) + logarithm(b))),
    power,
    logarithm,
  };
}
