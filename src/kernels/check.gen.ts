// Generated from src/kernels/table.ts by scripts/gen-kernels.ts; edit that table instead.
/** Checks of the arguments of each kernel in float32 that only say yes or no, ten times as fast as those that explain. */
import type { AnyArgs, Arrays } from "./check.ts";
import { isFloats, isInts } from "./elements.ts";
import type { KernelName } from "./table.ts";

type QuickCheck = (args: AnyArgs, ints: Int32Array, floats: Float32Array, arrays: Arrays) => boolean;

/** Each writes sizes and scalars to `ints` and `floats` and the arrays to `arrays`; true when all of them are right. */
export const quickChecks: { readonly [N in KernelName]: QuickCheck } = {
  gemmNN(args, ints, _floats, arrays) {
    const { M, N, K, accumulate, a, b, c } = args;
    if (((M as number) | 0) !== M || M < 0) return false;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((K as number) | 0) !== K || K < 0) return false;
    ints[0] = M;
    ints[1] = N;
    ints[2] = K;
    if (typeof accumulate !== "boolean") return false;
    ints[3] = accumulate ? 1 : 0;
    if (!isFloats(a, M * K)) return false;
    arrays[0] = a;
    if (!isFloats(b, K * N)) return false;
    arrays[1] = b;
    if (!isFloats(c, M * N)) return false;
    arrays[2] = c;
    return true;
  },
  gemmNT(args, ints, _floats, arrays) {
    const { M, N, K, accumulate, a, b, c } = args;
    if (((M as number) | 0) !== M || M < 0) return false;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((K as number) | 0) !== K || K < 0) return false;
    ints[0] = M;
    ints[1] = N;
    ints[2] = K;
    if (typeof accumulate !== "boolean") return false;
    ints[3] = accumulate ? 1 : 0;
    if (!isFloats(a, M * K)) return false;
    arrays[0] = a;
    if (!isFloats(b, N * K)) return false;
    arrays[1] = b;
    if (!isFloats(c, M * N)) return false;
    arrays[2] = c;
    return true;
  },
  gemmTN(args, ints, _floats, arrays) {
    const { M, N, K, accumulate, a, b, c } = args;
    if (((M as number) | 0) !== M || M < 0) return false;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((K as number) | 0) !== K || K < 0) return false;
    ints[0] = M;
    ints[1] = N;
    ints[2] = K;
    if (typeof accumulate !== "boolean") return false;
    ints[3] = accumulate ? 1 : 0;
    if (!isFloats(a, K * M)) return false;
    arrays[0] = a;
    if (!isFloats(b, K * N)) return false;
    arrays[1] = b;
    if (!isFloats(c, M * N)) return false;
    arrays[2] = c;
    return true;
  },
  linearForward(args, ints, _floats, arrays) {
    const { N, I, O, x, w, bias, y } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((I as number) | 0) !== I || I < 0) return false;
    if (((O as number) | 0) !== O || O < 0) return false;
    ints[0] = N;
    ints[1] = I;
    ints[2] = O;
    if (!isFloats(x, N * I)) return false;
    arrays[0] = x;
    if (!isFloats(w, O * I)) return false;
    arrays[1] = w;
    if (bias !== null && !isFloats(bias, O)) return false;
    arrays[2] = bias;
    if (!isFloats(y, N * O)) return false;
    arrays[3] = y;
    return true;
  },
  linearBackward(args, ints, _floats, arrays) {
    const { N, I, O, x, w, dy, dx, dw, dbias } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((I as number) | 0) !== I || I < 0) return false;
    if (((O as number) | 0) !== O || O < 0) return false;
    ints[0] = N;
    ints[1] = I;
    ints[2] = O;
    if (!isFloats(x, N * I)) return false;
    arrays[0] = x;
    if (!isFloats(w, O * I)) return false;
    arrays[1] = w;
    if (!isFloats(dy, N * O)) return false;
    arrays[2] = dy;
    if (dx !== null && !isFloats(dx, N * I)) return false;
    arrays[3] = dx;
    if (dw !== null && !isFloats(dw, O * I)) return false;
    arrays[4] = dw;
    if (dbias !== null && !isFloats(dbias, O)) return false;
    arrays[5] = dbias;
    return true;
  },
  embeddingForward(args, ints, _floats, arrays) {
    const { N, V, E, ids, w, y } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((V as number) | 0) !== V || V < 0) return false;
    if (((E as number) | 0) !== E || E < 0) return false;
    ints[0] = N;
    ints[1] = V;
    ints[2] = E;
    if (!isInts(ids, N)) return false;
    if (!within(ids, N, 0, V - 1)) return false;
    arrays[0] = ids;
    if (!isFloats(w, V * E)) return false;
    arrays[1] = w;
    if (!isFloats(y, N * E)) return false;
    arrays[2] = y;
    return true;
  },
  embeddingBackward(args, ints, _floats, arrays) {
    const { N, V, E, ids, dy, dw } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((V as number) | 0) !== V || V < 0) return false;
    if (((E as number) | 0) !== E || E < 0) return false;
    ints[0] = N;
    ints[1] = V;
    ints[2] = E;
    if (!isInts(ids, N)) return false;
    if (!within(ids, N, 0, V - 1)) return false;
    arrays[0] = ids;
    if (!isFloats(dy, N * E)) return false;
    arrays[1] = dy;
    if (!isFloats(dw, V * E)) return false;
    arrays[2] = dw;
    return true;
  },
  rnnForward(args, ints, _floats, arrays) {
    const { T, B, H, act, reverse, z, lengths, h0, wHh, y, hT } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = H;
    const actIndex = act === "tanh" ? 0 : act === "relu" ? 1 : -1;
    if (actIndex < 0) return false;
    ints[3] = actIndex;
    if (typeof reverse !== "boolean") return false;
    ints[4] = reverse ? 1 : 0;
    if (!isFloats(z, T * B * H)) return false;
    arrays[0] = z;
    if (!isInts(lengths, B)) return false;
    if (!within(lengths, B, 1, T)) return false;
    arrays[1] = lengths;
    if (!isFloats(h0, B * H)) return false;
    arrays[2] = h0;
    if (!isFloats(wHh, H * H)) return false;
    arrays[3] = wHh;
    if (!isFloats(y, T * B * H)) return false;
    arrays[4] = y;
    if (!isFloats(hT, B * H)) return false;
    arrays[5] = hT;
    return true;
  },
  rnnBackward(args, ints, _floats, arrays) {
    const { T, B, H, act, reverse, lengths, h0, wHh, y, dy, dhT, dz, dh0, dwHh } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = H;
    const actIndex = act === "tanh" ? 0 : act === "relu" ? 1 : -1;
    if (actIndex < 0) return false;
    ints[3] = actIndex;
    if (typeof reverse !== "boolean") return false;
    ints[4] = reverse ? 1 : 0;
    if (!isInts(lengths, B)) return false;
    if (!within(lengths, B, 1, T)) return false;
    arrays[0] = lengths;
    if (!isFloats(h0, B * H)) return false;
    arrays[1] = h0;
    if (!isFloats(wHh, H * H)) return false;
    arrays[2] = wHh;
    if (!isFloats(y, T * B * H)) return false;
    arrays[3] = y;
    if (!isFloats(dy, T * B * H)) return false;
    arrays[4] = dy;
    if (!isFloats(dhT, B * H)) return false;
    arrays[5] = dhT;
    if (!isFloats(dz, T * B * H)) return false;
    arrays[6] = dz;
    if (!isFloats(dh0, B * H)) return false;
    arrays[7] = dh0;
    if (!isFloats(dwHh, H * H)) return false;
    arrays[8] = dwHh;
    return true;
  },
  gruForward(args, ints, _floats, arrays) {
    const { T, B, H, reverse, gates, lengths, h0, wHh, biasHn, y, hn, hT } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = H;
    if (typeof reverse !== "boolean") return false;
    ints[3] = reverse ? 1 : 0;
    if (!isFloats(gates, T * B * 3 * H)) return false;
    arrays[0] = gates;
    if (!isInts(lengths, B)) return false;
    if (!within(lengths, B, 1, T)) return false;
    arrays[1] = lengths;
    if (!isFloats(h0, B * H)) return false;
    arrays[2] = h0;
    if (!isFloats(wHh, 3 * H * H)) return false;
    arrays[3] = wHh;
    if (biasHn !== null && !isFloats(biasHn, H)) return false;
    arrays[4] = biasHn;
    if (!isFloats(y, T * B * H)) return false;
    arrays[5] = y;
    if (!isFloats(hn, T * B * H)) return false;
    arrays[6] = hn;
    if (!isFloats(hT, B * H)) return false;
    arrays[7] = hT;
    return true;
  },
  gruBackward(args, ints, _floats, arrays) {
    const { T, B, H, reverse, gates, lengths, h0, wHh, y, hn, dy, dhT, dh0, dwHh, dbiasHn } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = H;
    if (typeof reverse !== "boolean") return false;
    ints[3] = reverse ? 1 : 0;
    if (!isFloats(gates, T * B * 3 * H)) return false;
    arrays[0] = gates;
    if (!isInts(lengths, B)) return false;
    if (!within(lengths, B, 1, T)) return false;
    arrays[1] = lengths;
    if (!isFloats(h0, B * H)) return false;
    arrays[2] = h0;
    if (!isFloats(wHh, 3 * H * H)) return false;
    arrays[3] = wHh;
    if (!isFloats(y, T * B * H)) return false;
    arrays[4] = y;
    if (!isFloats(hn, T * B * H)) return false;
    arrays[5] = hn;
    if (!isFloats(dy, T * B * H)) return false;
    arrays[6] = dy;
    if (!isFloats(dhT, B * H)) return false;
    arrays[7] = dhT;
    if (!isFloats(dh0, B * H)) return false;
    arrays[8] = dh0;
    if (!isFloats(dwHh, 3 * H * H)) return false;
    arrays[9] = dwHh;
    if (dbiasHn !== null && !isFloats(dbiasHn, H)) return false;
    arrays[10] = dbiasHn;
    return true;
  },
  gruSimplifiedForward(args, ints, _floats, arrays) {
    const { T, B, H, reverse, gates, lengths, h0, wHh, y, hT } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = H;
    if (typeof reverse !== "boolean") return false;
    ints[3] = reverse ? 1 : 0;
    if (!isFloats(gates, T * B * 2 * H)) return false;
    arrays[0] = gates;
    if (!isInts(lengths, B)) return false;
    if (!within(lengths, B, 1, T)) return false;
    arrays[1] = lengths;
    if (!isFloats(h0, B * H)) return false;
    arrays[2] = h0;
    if (!isFloats(wHh, 2 * H * H)) return false;
    arrays[3] = wHh;
    if (!isFloats(y, T * B * H)) return false;
    arrays[4] = y;
    if (!isFloats(hT, B * H)) return false;
    arrays[5] = hT;
    return true;
  },
  gruSimplifiedBackward(args, ints, _floats, arrays) {
    const { T, B, H, reverse, gates, lengths, h0, wHh, y, dy, dhT, dh0, dwHh } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = H;
    if (typeof reverse !== "boolean") return false;
    ints[3] = reverse ? 1 : 0;
    if (!isFloats(gates, T * B * 2 * H)) return false;
    arrays[0] = gates;
    if (!isInts(lengths, B)) return false;
    if (!within(lengths, B, 1, T)) return false;
    arrays[1] = lengths;
    if (!isFloats(h0, B * H)) return false;
    arrays[2] = h0;
    if (!isFloats(wHh, 2 * H * H)) return false;
    arrays[3] = wHh;
    if (!isFloats(y, T * B * H)) return false;
    arrays[4] = y;
    if (!isFloats(dy, T * B * H)) return false;
    arrays[5] = dy;
    if (!isFloats(dhT, B * H)) return false;
    arrays[6] = dhT;
    if (!isFloats(dh0, B * H)) return false;
    arrays[7] = dh0;
    if (!isFloats(dwHh, 2 * H * H)) return false;
    arrays[8] = dwHh;
    return true;
  },
  lstmForward(args, ints, _floats, arrays) {
    const { T, B, H, reverse, gates, lengths, h0, c0, wHh, peepholes, y, c, hT, cT } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = H;
    if (typeof reverse !== "boolean") return false;
    ints[3] = reverse ? 1 : 0;
    if (!isFloats(gates, T * B * 4 * H)) return false;
    arrays[0] = gates;
    if (!isInts(lengths, B)) return false;
    if (!within(lengths, B, 1, T)) return false;
    arrays[1] = lengths;
    if (!isFloats(h0, B * H)) return false;
    arrays[2] = h0;
    if (!isFloats(c0, B * H)) return false;
    arrays[3] = c0;
    if (!isFloats(wHh, 4 * H * H)) return false;
    arrays[4] = wHh;
    if (peepholes !== null && !isFloats(peepholes, 3 * H)) return false;
    arrays[5] = peepholes;
    if (!isFloats(y, T * B * H)) return false;
    arrays[6] = y;
    if (!isFloats(c, T * B * H)) return false;
    arrays[7] = c;
    if (!isFloats(hT, B * H)) return false;
    arrays[8] = hT;
    if (!isFloats(cT, B * H)) return false;
    arrays[9] = cT;
    return true;
  },
  lstmBackward(args, ints, _floats, arrays) {
    const { T, B, H, reverse, gates, lengths, h0, c0, wHh, peepholes, y, c, dy, dhT, dcT, dh0, dc0, dwHh, dpeepholes } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = H;
    if (typeof reverse !== "boolean") return false;
    ints[3] = reverse ? 1 : 0;
    if (!isFloats(gates, T * B * 4 * H)) return false;
    arrays[0] = gates;
    if (!isInts(lengths, B)) return false;
    if (!within(lengths, B, 1, T)) return false;
    arrays[1] = lengths;
    if (!isFloats(h0, B * H)) return false;
    arrays[2] = h0;
    if (!isFloats(c0, B * H)) return false;
    arrays[3] = c0;
    if (!isFloats(wHh, 4 * H * H)) return false;
    arrays[4] = wHh;
    if (peepholes !== null && !isFloats(peepholes, 3 * H)) return false;
    arrays[5] = peepholes;
    if (!isFloats(y, T * B * H)) return false;
    arrays[6] = y;
    if (!isFloats(c, T * B * H)) return false;
    arrays[7] = c;
    if (!isFloats(dy, T * B * H)) return false;
    arrays[8] = dy;
    if (!isFloats(dhT, B * H)) return false;
    arrays[9] = dhT;
    if (!isFloats(dcT, B * H)) return false;
    arrays[10] = dcT;
    if (!isFloats(dh0, B * H)) return false;
    arrays[11] = dh0;
    if (!isFloats(dc0, B * H)) return false;
    arrays[12] = dc0;
    if (!isFloats(dwHh, 4 * H * H)) return false;
    arrays[13] = dwHh;
    if (dpeepholes !== null && !isFloats(dpeepholes, 3 * H)) return false;
    arrays[14] = dpeepholes;
    return true;
  },
  minGruForward(args, ints, _floats, arrays) {
    const { T, B, H, reverse, gates, lengths, h0, y, hT } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = H;
    if (typeof reverse !== "boolean") return false;
    ints[3] = reverse ? 1 : 0;
    if (!isFloats(gates, T * B * 2 * H)) return false;
    arrays[0] = gates;
    if (!isInts(lengths, B)) return false;
    if (!within(lengths, B, 1, T)) return false;
    arrays[1] = lengths;
    if (!isFloats(h0, B * H)) return false;
    arrays[2] = h0;
    if (!isFloats(y, T * B * H)) return false;
    arrays[3] = y;
    if (!isFloats(hT, B * H)) return false;
    arrays[4] = hT;
    return true;
  },
  minGruBackward(args, ints, _floats, arrays) {
    const { T, B, H, reverse, gates, lengths, h0, y, dy, dhT, dh0 } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = H;
    if (typeof reverse !== "boolean") return false;
    ints[3] = reverse ? 1 : 0;
    if (!isFloats(gates, T * B * 2 * H)) return false;
    arrays[0] = gates;
    if (!isInts(lengths, B)) return false;
    if (!within(lengths, B, 1, T)) return false;
    arrays[1] = lengths;
    if (!isFloats(h0, B * H)) return false;
    arrays[2] = h0;
    if (!isFloats(y, T * B * H)) return false;
    arrays[3] = y;
    if (!isFloats(dy, T * B * H)) return false;
    arrays[4] = dy;
    if (!isFloats(dhT, B * H)) return false;
    arrays[5] = dhT;
    if (!isFloats(dh0, B * H)) return false;
    arrays[6] = dh0;
    return true;
  },
  minLstmForward(args, ints, _floats, arrays) {
    const { T, B, H, reverse, gates, lengths, h0, y, hT } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = H;
    if (typeof reverse !== "boolean") return false;
    ints[3] = reverse ? 1 : 0;
    if (!isFloats(gates, T * B * 3 * H)) return false;
    arrays[0] = gates;
    if (!isInts(lengths, B)) return false;
    if (!within(lengths, B, 1, T)) return false;
    arrays[1] = lengths;
    if (!isFloats(h0, B * H)) return false;
    arrays[2] = h0;
    if (!isFloats(y, T * B * H)) return false;
    arrays[3] = y;
    if (!isFloats(hT, B * H)) return false;
    arrays[4] = hT;
    return true;
  },
  minLstmBackward(args, ints, _floats, arrays) {
    const { T, B, H, reverse, gates, lengths, h0, y, dy, dhT, dh0 } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = H;
    if (typeof reverse !== "boolean") return false;
    ints[3] = reverse ? 1 : 0;
    if (!isFloats(gates, T * B * 3 * H)) return false;
    arrays[0] = gates;
    if (!isInts(lengths, B)) return false;
    if (!within(lengths, B, 1, T)) return false;
    arrays[1] = lengths;
    if (!isFloats(h0, B * H)) return false;
    arrays[2] = h0;
    if (!isFloats(y, T * B * H)) return false;
    arrays[3] = y;
    if (!isFloats(dy, T * B * H)) return false;
    arrays[4] = dy;
    if (!isFloats(dhT, B * H)) return false;
    arrays[5] = dhT;
    if (!isFloats(dh0, B * H)) return false;
    arrays[6] = dh0;
    return true;
  },
  attendForward(args, ints, floats, arrays) {
    const { T, B, S, M, A, D, scale, query, keys, values, v, sources, lengths, weights, context } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((S as number) | 0) !== S || S < 0) return false;
    if (((M as number) | 0) !== M || M < 0) return false;
    if (((A as number) | 0) !== A || A < 0) return false;
    if (((D as number) | 0) !== D || D < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = S;
    ints[3] = M;
    ints[4] = A;
    ints[5] = D;
    if (typeof scale !== "number" || Number.isNaN(scale)) return false;
    floats[6] = scale;
    if (!isFloats(query, T * B * A)) return false;
    arrays[0] = query;
    if (!isFloats(keys, S * M * A)) return false;
    arrays[1] = keys;
    if (!isFloats(values, S * M * D)) return false;
    arrays[2] = values;
    if (v !== null && !isFloats(v, A)) return false;
    arrays[3] = v;
    if (!isInts(sources, B)) return false;
    if (!within(sources, B, 0, M - 1)) return false;
    arrays[4] = sources;
    if (!isInts(lengths, M)) return false;
    if (!within(lengths, M, 1, S)) return false;
    arrays[5] = lengths;
    if (!isFloats(weights, T * B * S)) return false;
    arrays[6] = weights;
    if (!isFloats(context, T * B * D)) return false;
    arrays[7] = context;
    return true;
  },
  attendBackward(args, ints, floats, arrays) {
    const { T, B, S, M, A, D, scale, query, keys, values, v, sources, lengths, weights, dcontext, dweights, dquery, dkeys, dvalues, dv } = args;
    if (((T as number) | 0) !== T || T < 0) return false;
    if (((B as number) | 0) !== B || B < 0) return false;
    if (((S as number) | 0) !== S || S < 0) return false;
    if (((M as number) | 0) !== M || M < 0) return false;
    if (((A as number) | 0) !== A || A < 0) return false;
    if (((D as number) | 0) !== D || D < 0) return false;
    ints[0] = T;
    ints[1] = B;
    ints[2] = S;
    ints[3] = M;
    ints[4] = A;
    ints[5] = D;
    if (typeof scale !== "number" || Number.isNaN(scale)) return false;
    floats[6] = scale;
    if (!isFloats(query, T * B * A)) return false;
    arrays[0] = query;
    if (!isFloats(keys, S * M * A)) return false;
    arrays[1] = keys;
    if (!isFloats(values, S * M * D)) return false;
    arrays[2] = values;
    if (v !== null && !isFloats(v, A)) return false;
    arrays[3] = v;
    if (!isInts(sources, B)) return false;
    if (!within(sources, B, 0, M - 1)) return false;
    arrays[4] = sources;
    if (!isInts(lengths, M)) return false;
    if (!within(lengths, M, 1, S)) return false;
    arrays[5] = lengths;
    if (!isFloats(weights, T * B * S)) return false;
    arrays[6] = weights;
    if (!isFloats(dcontext, T * B * D)) return false;
    arrays[7] = dcontext;
    if (dweights !== null && !isFloats(dweights, T * B * S)) return false;
    arrays[8] = dweights;
    if (!isFloats(dquery, T * B * A)) return false;
    arrays[9] = dquery;
    if (!isFloats(dkeys, S * M * A)) return false;
    arrays[10] = dkeys;
    if (!isFloats(dvalues, S * M * D)) return false;
    arrays[11] = dvalues;
    if (dv !== null && !isFloats(dv, A)) return false;
    arrays[12] = dv;
    return true;
  },
  crossEntropyForward(args, ints, floats, arrays) {
    const { N, V, smoothing, logits, targets, loss, lse } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((V as number) | 0) !== V || V < 0) return false;
    ints[0] = N;
    ints[1] = V;
    if (typeof smoothing !== "number" || Number.isNaN(smoothing)) return false;
    floats[2] = smoothing;
    if (!isFloats(logits, N * V)) return false;
    arrays[0] = logits;
    if (!isInts(targets, N)) return false;
    if (!within(targets, N, -1, V - 1)) return false;
    arrays[1] = targets;
    if (!isFloats(loss, N)) return false;
    arrays[2] = loss;
    if (!isFloats(lse, N)) return false;
    arrays[3] = lse;
    return true;
  },
  crossEntropyBackward(args, ints, floats, arrays) {
    const { N, V, smoothing, logits, targets, lse, dloss, dlogits } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((V as number) | 0) !== V || V < 0) return false;
    ints[0] = N;
    ints[1] = V;
    if (typeof smoothing !== "number" || Number.isNaN(smoothing)) return false;
    floats[2] = smoothing;
    if (!isFloats(logits, N * V)) return false;
    arrays[0] = logits;
    if (!isInts(targets, N)) return false;
    if (!within(targets, N, -1, V - 1)) return false;
    arrays[1] = targets;
    if (!isFloats(lse, N)) return false;
    arrays[2] = lse;
    if (!isFloats(dloss, N)) return false;
    arrays[3] = dloss;
    if (!isFloats(dlogits, N * V)) return false;
    arrays[4] = dlogits;
    return true;
  },
  linearCrossEntropy(args, ints, floats, arrays) {
    const { N, I, V, smoothing, scale, x, w, bias, targets, loss, dx, dw, dbias } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((I as number) | 0) !== I || I < 0) return false;
    if (((V as number) | 0) !== V || V < 0) return false;
    ints[0] = N;
    ints[1] = I;
    ints[2] = V;
    if (typeof smoothing !== "number" || Number.isNaN(smoothing)) return false;
    floats[3] = smoothing;
    if (typeof scale !== "number" || Number.isNaN(scale)) return false;
    floats[4] = scale;
    if (!isFloats(x, N * I)) return false;
    arrays[0] = x;
    if (!isFloats(w, V * I)) return false;
    arrays[1] = w;
    if (bias !== null && !isFloats(bias, V)) return false;
    arrays[2] = bias;
    if (!isInts(targets, N)) return false;
    if (!within(targets, N, -1, V - 1)) return false;
    arrays[3] = targets;
    if (!isFloats(loss, N)) return false;
    arrays[4] = loss;
    if (dx !== null && !isFloats(dx, N * I)) return false;
    arrays[5] = dx;
    if (dw !== null && !isFloats(dw, V * I)) return false;
    arrays[6] = dw;
    if (dbias !== null && !isFloats(dbias, V)) return false;
    arrays[7] = dbias;
    return true;
  },
  sigmoidCrossEntropyForward(args, ints, _floats, arrays) {
    const { N, logits, targets, loss } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    if (!isFloats(logits, N)) return false;
    arrays[0] = logits;
    if (!isFloats(targets, N)) return false;
    arrays[1] = targets;
    if (!isFloats(loss, N)) return false;
    arrays[2] = loss;
    return true;
  },
  sigmoidCrossEntropyBackward(args, ints, _floats, arrays) {
    const { N, logits, targets, dloss, dlogits } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    if (!isFloats(logits, N)) return false;
    arrays[0] = logits;
    if (!isFloats(targets, N)) return false;
    arrays[1] = targets;
    if (!isFloats(dloss, N)) return false;
    arrays[2] = dloss;
    if (!isFloats(dlogits, N)) return false;
    arrays[3] = dlogits;
    return true;
  },
  softmaxForward(args, ints, _floats, arrays) {
    const { N, V, x, y } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((V as number) | 0) !== V || V < 0) return false;
    ints[0] = N;
    ints[1] = V;
    if (!isFloats(x, N * V)) return false;
    arrays[0] = x;
    if (!isFloats(y, N * V)) return false;
    arrays[1] = y;
    return true;
  },
  softmaxBackward(args, ints, _floats, arrays) {
    const { N, V, y, dy, dx } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((V as number) | 0) !== V || V < 0) return false;
    ints[0] = N;
    ints[1] = V;
    if (!isFloats(y, N * V)) return false;
    arrays[0] = y;
    if (!isFloats(dy, N * V)) return false;
    arrays[1] = dy;
    if (!isFloats(dx, N * V)) return false;
    arrays[2] = dx;
    return true;
  },
  dropout(args, ints, floats, arrays) {
    const { N, rate, seed, x, y } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    if (typeof rate !== "number" || Number.isNaN(rate)) return false;
    floats[1] = rate;
    if (((seed as number) | 0) !== seed) return false;
    ints[2] = seed;
    if (!isFloats(x, N)) return false;
    arrays[0] = x;
    if (!isFloats(y, N)) return false;
    arrays[1] = y;
    return true;
  },
  layerNormForward(args, ints, floats, arrays) {
    const { N, H, epsilon, x, gain, bias, y, mean, rstd } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = N;
    ints[1] = H;
    if (typeof epsilon !== "number" || Number.isNaN(epsilon)) return false;
    floats[2] = epsilon;
    if (!isFloats(x, N * H)) return false;
    arrays[0] = x;
    if (!isFloats(gain, H)) return false;
    arrays[1] = gain;
    if (!isFloats(bias, H)) return false;
    arrays[2] = bias;
    if (!isFloats(y, N * H)) return false;
    arrays[3] = y;
    if (!isFloats(mean, N)) return false;
    arrays[4] = mean;
    if (!isFloats(rstd, N)) return false;
    arrays[5] = rstd;
    return true;
  },
  layerNormBackward(args, ints, _floats, arrays) {
    const { N, H, x, gain, mean, rstd, dy, dx, dgain, dbias } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((H as number) | 0) !== H || H < 0) return false;
    ints[0] = N;
    ints[1] = H;
    if (!isFloats(x, N * H)) return false;
    arrays[0] = x;
    if (!isFloats(gain, H)) return false;
    arrays[1] = gain;
    if (!isFloats(mean, N)) return false;
    arrays[2] = mean;
    if (!isFloats(rstd, N)) return false;
    arrays[3] = rstd;
    if (!isFloats(dy, N * H)) return false;
    arrays[4] = dy;
    if (!isFloats(dx, N * H)) return false;
    arrays[5] = dx;
    if (!isFloats(dgain, H)) return false;
    arrays[6] = dgain;
    if (!isFloats(dbias, H)) return false;
    arrays[7] = dbias;
    return true;
  },
  map(args, ints, _floats, arrays) {
    const { N, op, x, y } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    const opIndex = op === "tanh" ? 0 : op === "sigmoid" ? 1 : op === "relu" ? 2 : op === "exp" ? 3 : op === "log" ? 4 : op === "sqrt" ? 5 : op === "square" ? 6 : op === "neg" ? 7 : op === "abs" ? 8 : -1;
    if (opIndex < 0) return false;
    ints[1] = opIndex;
    if (!isFloats(x, N)) return false;
    arrays[0] = x;
    if (!isFloats(y, N)) return false;
    arrays[1] = y;
    return true;
  },
  mapBackward(args, ints, _floats, arrays) {
    const { N, op, x, y, dy, dx } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    const opIndex = op === "tanh" ? 0 : op === "sigmoid" ? 1 : op === "relu" ? 2 : op === "exp" ? 3 : op === "log" ? 4 : op === "sqrt" ? 5 : op === "square" ? 6 : op === "neg" ? 7 : op === "abs" ? 8 : -1;
    if (opIndex < 0) return false;
    ints[1] = opIndex;
    if (!isFloats(x, N)) return false;
    arrays[0] = x;
    if (!isFloats(y, N)) return false;
    arrays[1] = y;
    if (!isFloats(dy, N)) return false;
    arrays[2] = dy;
    if (!isFloats(dx, N)) return false;
    arrays[3] = dx;
    return true;
  },
  zip(args, ints, _floats, arrays) {
    const { N, op, a, b, y } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    const opIndex = op === "add" ? 0 : op === "sub" ? 1 : op === "mul" ? 2 : op === "div" ? 3 : -1;
    if (opIndex < 0) return false;
    ints[1] = opIndex;
    if (!isFloats(a, N)) return false;
    arrays[0] = a;
    if (!isFloats(b, N)) return false;
    arrays[1] = b;
    if (!isFloats(y, N)) return false;
    arrays[2] = y;
    return true;
  },
  scale(args, ints, floats, arrays) {
    const { N, by, plus, x, y } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    if (typeof by !== "number" || Number.isNaN(by)) return false;
    floats[1] = by;
    if (typeof plus !== "number" || Number.isNaN(plus)) return false;
    floats[2] = plus;
    if (!isFloats(x, N)) return false;
    arrays[0] = x;
    if (!isFloats(y, N)) return false;
    arrays[1] = y;
    return true;
  },
  accumulate(args, ints, floats, arrays) {
    const { N, by, x, y } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    if (typeof by !== "number" || Number.isNaN(by)) return false;
    floats[1] = by;
    if (!isFloats(x, N)) return false;
    arrays[0] = x;
    if (!isFloats(y, N)) return false;
    arrays[1] = y;
    return true;
  },
  clamp(args, ints, floats, arrays) {
    const { N, limit, x } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    if (typeof limit !== "number" || Number.isNaN(limit)) return false;
    floats[1] = limit;
    if (!isFloats(x, N)) return false;
    arrays[0] = x;
    return true;
  },
  expand(args, ints, _floats, arrays) {
    const { A, M, C, x, y } = args;
    if (((A as number) | 0) !== A || A < 0) return false;
    if (((M as number) | 0) !== M || M < 0) return false;
    if (((C as number) | 0) !== C || C < 0) return false;
    ints[0] = A;
    ints[1] = M;
    ints[2] = C;
    if (!isFloats(x, A * C)) return false;
    arrays[0] = x;
    if (!isFloats(y, A * M * C)) return false;
    arrays[1] = y;
    return true;
  },
  sum(args, ints, _floats, arrays) {
    const { A, M, C, x, y } = args;
    if (((A as number) | 0) !== A || A < 0) return false;
    if (((M as number) | 0) !== M || M < 0) return false;
    if (((C as number) | 0) !== C || C < 0) return false;
    ints[0] = A;
    ints[1] = M;
    ints[2] = C;
    if (!isFloats(x, A * M * C)) return false;
    arrays[0] = x;
    if (!isFloats(y, A * C)) return false;
    arrays[1] = y;
    return true;
  },
  max(args, ints, _floats, arrays) {
    const { A, M, C, x, y, index } = args;
    if (((A as number) | 0) !== A || A < 0) return false;
    if (((M as number) | 0) !== M || M < 0) return false;
    if (((C as number) | 0) !== C || C < 0) return false;
    ints[0] = A;
    ints[1] = M;
    ints[2] = C;
    if (!isFloats(x, A * M * C)) return false;
    arrays[0] = x;
    if (!isFloats(y, A * C)) return false;
    arrays[1] = y;
    if (!isInts(index, A * C)) return false;
    arrays[2] = index;
    return true;
  },
  transpose(args, ints, _floats, arrays) {
    const { A, M, N, C, x, y } = args;
    if (((A as number) | 0) !== A || A < 0) return false;
    if (((M as number) | 0) !== M || M < 0) return false;
    if (((N as number) | 0) !== N || N < 0) return false;
    if (((C as number) | 0) !== C || C < 0) return false;
    ints[0] = A;
    ints[1] = M;
    ints[2] = N;
    ints[3] = C;
    if (!isFloats(x, A * M * N * C)) return false;
    arrays[0] = x;
    if (!isFloats(y, A * N * M * C)) return false;
    arrays[1] = y;
    return true;
  },
  take(args, ints, _floats, arrays) {
    const { R, X, C, at, x, y } = args;
    if (((R as number) | 0) !== R || R < 0) return false;
    if (((X as number) | 0) !== X || X < 0) return false;
    if (((C as number) | 0) !== C || C < 0) return false;
    ints[0] = R;
    ints[1] = X;
    ints[2] = C;
    if (((at as number) | 0) !== at) return false;
    ints[3] = at;
    if (!isFloats(x, R * X)) return false;
    arrays[0] = x;
    if (!isFloats(y, R * C)) return false;
    arrays[1] = y;
    return true;
  },
  place(args, ints, _floats, arrays) {
    const { R, X, C, at, x, y } = args;
    if (((R as number) | 0) !== R || R < 0) return false;
    if (((X as number) | 0) !== X || X < 0) return false;
    if (((C as number) | 0) !== C || C < 0) return false;
    ints[0] = R;
    ints[1] = X;
    ints[2] = C;
    if (((at as number) | 0) !== at) return false;
    ints[3] = at;
    if (!isFloats(x, R * C)) return false;
    arrays[0] = x;
    if (!isFloats(y, R * X)) return false;
    arrays[1] = y;
    return true;
  },
  sumSquares(args, ints, _floats, arrays) {
    const { N, x, y } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    if (!isFloats(x, N)) return false;
    arrays[0] = x;
    if (!isFloats(y, 1)) return false;
    arrays[1] = y;
    return true;
  },
  sgdUpdate(args, ints, floats, arrays) {
    const { N, rate, momentum, nesterov, weightDecay, g, w, velocity } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    if (typeof rate !== "number" || Number.isNaN(rate)) return false;
    floats[1] = rate;
    if (typeof momentum !== "number" || Number.isNaN(momentum)) return false;
    floats[2] = momentum;
    if (typeof nesterov !== "boolean") return false;
    ints[3] = nesterov ? 1 : 0;
    if (typeof weightDecay !== "number" || Number.isNaN(weightDecay)) return false;
    floats[4] = weightDecay;
    if (!isFloats(g, N)) return false;
    arrays[0] = g;
    if (!isFloats(w, N)) return false;
    arrays[1] = w;
    if (velocity !== null && !isFloats(velocity, N)) return false;
    arrays[2] = velocity;
    return true;
  },
  adagradUpdate(args, ints, floats, arrays) {
    const { N, rate, epsilon, weightDecay, g, w, squares } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    if (typeof rate !== "number" || Number.isNaN(rate)) return false;
    floats[1] = rate;
    if (typeof epsilon !== "number" || Number.isNaN(epsilon)) return false;
    floats[2] = epsilon;
    if (typeof weightDecay !== "number" || Number.isNaN(weightDecay)) return false;
    floats[3] = weightDecay;
    if (!isFloats(g, N)) return false;
    arrays[0] = g;
    if (!isFloats(w, N)) return false;
    arrays[1] = w;
    if (!isFloats(squares, N)) return false;
    arrays[2] = squares;
    return true;
  },
  rmspropUpdate(args, ints, floats, arrays) {
    const { N, rate, decay, momentum, epsilon, weightDecay, g, w, squares, velocity } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    if (typeof rate !== "number" || Number.isNaN(rate)) return false;
    floats[1] = rate;
    if (typeof decay !== "number" || Number.isNaN(decay)) return false;
    floats[2] = decay;
    if (typeof momentum !== "number" || Number.isNaN(momentum)) return false;
    floats[3] = momentum;
    if (typeof epsilon !== "number" || Number.isNaN(epsilon)) return false;
    floats[4] = epsilon;
    if (typeof weightDecay !== "number" || Number.isNaN(weightDecay)) return false;
    floats[5] = weightDecay;
    if (!isFloats(g, N)) return false;
    arrays[0] = g;
    if (!isFloats(w, N)) return false;
    arrays[1] = w;
    if (!isFloats(squares, N)) return false;
    arrays[2] = squares;
    if (velocity !== null && !isFloats(velocity, N)) return false;
    arrays[3] = velocity;
    return true;
  },
  adamUpdate(args, ints, floats, arrays) {
    const { N, rate, beta1, beta2, epsilon, weightDecay, decoupled, correction1, correction2, g, w, m, v } = args;
    if (((N as number) | 0) !== N || N < 0) return false;
    ints[0] = N;
    if (typeof rate !== "number" || Number.isNaN(rate)) return false;
    floats[1] = rate;
    if (typeof beta1 !== "number" || Number.isNaN(beta1)) return false;
    floats[2] = beta1;
    if (typeof beta2 !== "number" || Number.isNaN(beta2)) return false;
    floats[3] = beta2;
    if (typeof epsilon !== "number" || Number.isNaN(epsilon)) return false;
    floats[4] = epsilon;
    if (typeof weightDecay !== "number" || Number.isNaN(weightDecay)) return false;
    floats[5] = weightDecay;
    if (typeof decoupled !== "boolean") return false;
    ints[6] = decoupled ? 1 : 0;
    if (typeof correction1 !== "number" || Number.isNaN(correction1)) return false;
    floats[7] = correction1;
    if (typeof correction2 !== "number" || Number.isNaN(correction2)) return false;
    floats[8] = correction2;
    if (!isFloats(g, N)) return false;
    arrays[0] = g;
    if (!isFloats(w, N)) return false;
    arrays[1] = w;
    if (!isFloats(m, N)) return false;
    arrays[2] = m;
    if (!isFloats(v, N)) return false;
    arrays[3] = v;
    return true;
  },
};

function within(array: Int32Array, count: number, least: number, most: number): boolean {
  for (let i = 0; i < count; i++) if (array[i]! < least || array[i]! > most) return false;
  return true;
}
