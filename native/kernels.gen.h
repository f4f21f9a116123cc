// Generated from src/kernels/table.ts by scripts/gen-kernels.ts; edit that table instead.
//
// Each struct holds the argument of one kernel: words of 4 bytes (sizes, then scalars), then the arrays, both in the
// order of the table. A pointer marked ? may be null, and any may be when its array has no elements.
#pragma once
#include "runtime.h"

// c = a b, or c += a b with accumulate; sums run over K.
struct GemmNN {
  static constexpr int32_t words = 4, arrays = 3;
  int32_t M, N, K;
  int32_t accumulate;  // 0 or 1
  const float* a;  // [M K]
  const float* b;  // [K N]
  float* c;  // [M N] inout
};

// c = a bᵀ, or c += a bᵀ with accumulate; sums run over K.
struct GemmNT {
  static constexpr int32_t words = 4, arrays = 3;
  int32_t M, N, K;
  int32_t accumulate;  // 0 or 1
  const float* a;  // [M K]
  const float* b;  // [N K]
  float* c;  // [M N] inout
};

// c = aᵀ b, or c += aᵀ b with accumulate; sums run over K.
struct GemmTN {
  static constexpr int32_t words = 4, arrays = 3;
  int32_t M, N, K;
  int32_t accumulate;  // 0 or 1
  const float* a;  // [K M]
  const float* b;  // [K N]
  float* c;  // [M N] inout
};

// y[n] = w x[n] + bias, for N rows.
struct LinearForward {
  static constexpr int32_t words = 3, arrays = 4;
  int32_t N, I, O;
  const float* x;  // [N I]
  const float* w;  // [O I]
  const float* bias;  // [O] ?
  float* y;  // [N O] out
};

// Rows of a weight in groups of 16, zeros after the last: y[p, i, j] = w[16 p + j, i]. What is multiplied by again and again is read fastest so.
struct Group {
  static constexpr int32_t words = 3, arrays = 2;
  int32_t P, O, I;
  const float* w;  // [O I]
  float* y;  // [P I 16] out
};

// As linearForward, w by group in P = O / 16 groups, rounded up; or with accumulate added to y.
struct LinearGrouped {
  static constexpr int32_t words = 5, arrays = 4;
  int32_t N, I, O, P;
  int32_t accumulate;  // 0 or 1
  const float* x;  // [N I]
  const float* w;  // [P I 16]
  const float* bias;  // [O] ?
  float* y;  // [N O] inout
};

// Gradients of linearForward: dx = dy w, dw = dyᵀ x, dbias = sum of dy over rows.
struct LinearBackward {
  static constexpr int32_t words = 3, arrays = 6;
  int32_t N, I, O;
  const float* x;  // [N I]
  const float* w;  // [O I]
  const float* dy;  // [N O]
  float* dx;  // [N I] ? out
  float* dw;  // [O I] ? out
  float* dbias;  // [O] ? out
};

// y[n] = w[ids[n]].
struct EmbeddingForward {
  static constexpr int32_t words = 3, arrays = 3;
  int32_t N, V, E;
  const int32_t* ids;  // [N] from 0 to V-1
  const float* w;  // [V E]
  float* y;  // [N E] out
};

// dw[v] = sum of dy[n] over the n with ids[n] = v, in the order of n.
struct EmbeddingBackward {
  static constexpr int32_t words = 3, arrays = 3;
  int32_t N, V, E;
  const int32_t* ids;  // [N] from 0 to V-1
  const float* dy;  // [N E]
  float* dw;  // [V E] out
};

// Elman RNN: h_t = act(z_t + wHh h_(t-1)), act = tanh or relu; y holds h (Elman 1990).
struct RnnForward {
  static constexpr int32_t words = 5, arrays = 6;
  int32_t T, B, H;
  enum : int32_t { tanh, relu };
  int32_t act;  // one of the above
  int32_t reverse;  // 0 or 1
  const float* z;  // [T B H]
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* wHh;  // [H H]
  float* y;  // [T B H] out
  float* hT;  // [B H] out
};

// Backpropagation through time for rnnForward.
struct RnnBackward {
  static constexpr int32_t words = 5, arrays = 9;
  int32_t T, B, H;
  enum : int32_t { tanh, relu };
  int32_t act;  // one of the above
  int32_t reverse;  // 0 or 1
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* wHh;  // [H H]
  const float* y;  // [T B H]
  const float* dy;  // [T B H]
  const float* dhT;  // [B H]
  float* dz;  // [T B H] out
  float* dh0;  // [B H] out
  float* dwHh;  // [H H] out
};

// GRU: r,z = sigmoid(gates + wHh h), hn = wHn h + biasHn, n = tanh(gates_n + r hn), h' = (1-z) n + z h (Cho 2014; gates r z n as PyTorch). gates holds the input projection before and the activations after.
struct GruForward {
  static constexpr int32_t words = 4, arrays = 8;
  int32_t T, B, H;
  int32_t reverse;  // 0 or 1
  float* gates;  // [T B 3H] inout
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* wHh;  // [3H H]
  const float* biasHn;  // [H] ?
  float* y;  // [T B H] out
  float* hn;  // [T B H] out
  float* hT;  // [B H] out
};

// Backpropagation through time for gruForward. gates holds the activations before and the gradient of the input projection after.
struct GruBackward {
  static constexpr int32_t words = 4, arrays = 11;
  int32_t T, B, H;
  int32_t reverse;  // 0 or 1
  float* gates;  // [T B 3H] inout
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* wHh;  // [3H H]
  const float* y;  // [T B H]
  const float* hn;  // [T B H]
  const float* dy;  // [T B H]
  const float* dhT;  // [B H]
  float* dh0;  // [B H] out
  float* dwHh;  // [3H H] out
  float* dbiasHn;  // [H] ? out
};

// GRU without the relevance gate: z = sigmoid(gates + wHh h), n = tanh(gates_n + wHn h), h' = (1-z) n + z h; gates z n. gates holds the input projection before and the activations after.
struct GruSimplifiedForward {
  static constexpr int32_t words = 4, arrays = 6;
  int32_t T, B, H;
  int32_t reverse;  // 0 or 1
  float* gates;  // [T B 2H] inout
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* wHh;  // [2H H]
  float* y;  // [T B H] out
  float* hT;  // [B H] out
};

// Backpropagation through time for gruSimplifiedForward. gates holds the activations before and the gradient of the input projection after.
struct GruSimplifiedBackward {
  static constexpr int32_t words = 4, arrays = 9;
  int32_t T, B, H;
  int32_t reverse;  // 0 or 1
  float* gates;  // [T B 2H] inout
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* wHh;  // [2H H]
  const float* y;  // [T B H]
  const float* dy;  // [T B H]
  const float* dhT;  // [B H]
  float* dh0;  // [B H] out
  float* dwHh;  // [2H H] out
};

// LSTM: i,f,o = sigmoid, g = tanh of (gates + wHh h), c' = f c + i g, h' = o tanh(c') (Hochreiter & Schmidhuber 1997; Gers 2000); with peepholes i,f also see p c and o sees p c' (Gers & Schmidhuber 2000, diagonal; peepholes i f o). gates i f g o holds the input projection before and the activations after.
struct LstmForward {
  static constexpr int32_t words = 4, arrays = 10;
  int32_t T, B, H;
  int32_t reverse;  // 0 or 1
  float* gates;  // [T B 4H] inout
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* c0;  // [B H]
  const float* wHh;  // [4H H]
  const float* peepholes;  // [3 H] ?
  float* y;  // [T B H] out
  float* c;  // [T B H] out
  float* hT;  // [B H] out
  float* cT;  // [B H] out
};

// Backpropagation through time for lstmForward. gates holds the activations before and the gradient of the input projection after.
struct LstmBackward {
  static constexpr int32_t words = 4, arrays = 15;
  int32_t T, B, H;
  int32_t reverse;  // 0 or 1
  float* gates;  // [T B 4H] inout
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* c0;  // [B H]
  const float* wHh;  // [4H H]
  const float* peepholes;  // [3 H] ?
  const float* y;  // [T B H]
  const float* c;  // [T B H]
  const float* dy;  // [T B H]
  const float* dhT;  // [B H]
  const float* dcT;  // [B H]
  float* dh0;  // [B H] out
  float* dc0;  // [B H] out
  float* dwHh;  // [4H H] out
  float* dpeepholes;  // [3 H] ? out
};

// Minimal GRU: z = sigmoid, n = x + 1/2 for x >= 0 and sigmoid(x) below, of gates z n; h' = (1-z) h + z n, unit by unit (Feng 2024). gates holds the input projection.
struct MinGruForward {
  static constexpr int32_t words = 4, arrays = 5;
  int32_t T, B, H;
  int32_t reverse;  // 0 or 1
  const float* gates;  // [T B 2H]
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  float* y;  // [T B H] out
  float* hT;  // [B H] out
};

// Backpropagation through time for minGruForward. gates holds the input projection before and its gradient after.
struct MinGruBackward {
  static constexpr int32_t words = 4, arrays = 7;
  int32_t T, B, H;
  int32_t reverse;  // 0 or 1
  float* gates;  // [T B 2H] inout
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* y;  // [T B H]
  const float* dy;  // [T B H]
  const float* dhT;  // [B H]
  float* dh0;  // [B H] out
};

// Minimal LSTM: f,i = sigmoid, n as in minGruForward, of gates f i n; h' = (f h + i n) / (f + i), unit by unit (Feng 2024). gates holds the input projection.
struct MinLstmForward {
  static constexpr int32_t words = 4, arrays = 5;
  int32_t T, B, H;
  int32_t reverse;  // 0 or 1
  const float* gates;  // [T B 3H]
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  float* y;  // [T B H] out
  float* hT;  // [B H] out
};

// Backpropagation through time for minLstmForward. gates holds the input projection before and its gradient after.
struct MinLstmBackward {
  static constexpr int32_t words = 4, arrays = 7;
  int32_t T, B, H;
  int32_t reverse;  // 0 or 1
  float* gates;  // [T B 3H] inout
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* y;  // [T B H]
  const float* dy;  // [T B H]
  const float* dhT;  // [B H]
  float* dh0;  // [B H] out
};

// weights = softmax over the real steps s of a memory of scale query . key[s], or with v of v . tanh(query + key[s]), where numbers beyond 43 count as 43; context = sum of weights[s] values[s] (Bahdanau 2015; Luong 2015).
struct AttendForward {
  static constexpr int32_t words = 7, arrays = 8;
  int32_t T, B, S, M, A, D;
  float scale;
  const float* query;  // [T B A]
  const float* keys;  // [S M A]
  const float* values;  // [S M D]
  const float* v;  // [A] ?
  const int32_t* sources;  // [B] from 0 to M-1
  const int32_t* lengths;  // [M] from 1 to S
  float* weights;  // [T B S] out
  float* context;  // [T B D] out
};

// Gradients of attendForward; those of keys, values and v are sums over all rows.
struct AttendBackward {
  static constexpr int32_t words = 7, arrays = 13;
  int32_t T, B, S, M, A, D;
  float scale;
  const float* query;  // [T B A]
  const float* keys;  // [S M A]
  const float* values;  // [S M D]
  const float* v;  // [A] ?
  const int32_t* sources;  // [B] from 0 to M-1
  const int32_t* lengths;  // [M] from 1 to S
  const float* weights;  // [T B S]
  const float* dcontext;  // [T B D]
  const float* dweights;  // [T B S] ?
  float* dquery;  // [T B A] out
  float* dkeys;  // [S M A] out
  float* dvalues;  // [S M D] out
  float* dv;  // [A] ? out
};

// One LSTM step: i f g o = z[ids[b]] + p[slots[b]], p = wHh h0; c = f c0[slots[b]] + i g, h = o tanh(c).
struct LstmStep {
  static constexpr int32_t words = 4, arrays = 7;
  int32_t B, V, U, H;
  const int32_t* ids;  // [B] from 0 to V-1
  const float* z;  // [V 4H]
  const int32_t* slots;  // [B] from 0 to U-1
  const float* p;  // [U 4H]
  const float* c0;  // [U H]
  float* h;  // [B H] out
  float* c;  // [B H] out
};

// One GRU step: r,z = sigmoid(z[ids[b]] + fed[slots[b]] + p[slots[b]]), p = wHh h0, n = tanh(z_n + fed_n + r (p_n + biasHn)), h = (1-z) n + z h0[slots[b]].
struct GruStep {
  static constexpr int32_t words = 4, arrays = 8;
  int32_t B, V, U, H;
  const int32_t* ids;  // [B] from 0 to V-1
  const float* z;  // [V 3H]
  const int32_t* slots;  // [B] from 0 to U-1
  const float* p;  // [U 3H]
  const float* fed;  // [U 3H] ?
  const float* biasHn;  // [H] ?
  const float* h0;  // [U H]
  float* h;  // [B H] out
};

// LSTM with attention (attendForward) inside its step: gates + wFeed fed + wHh h. fed = context of h_(t-1) (Bahdanau 2015, A.2.2), or with feedsOutput fed = output_(t-1), output_t = tanh(outContext context_t + outState h_t), context_t of h_t (Luong 2015, 3.3). gates i f g o holds the input projection before and the activations after.
struct AttentiveLstmForward {
  static constexpr int32_t words = 10, arrays = 23;
  int32_t T, B, S, M, A, D, F, H;
  int32_t feedsOutput;  // 0 or 1
  float scale;
  float* gates;  // [T B 4H] inout
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* c0;  // [B H]
  const float* output0;  // [B F] ?
  const float* wQuery;  // [A H] ?
  const float* outContext;  // [F D] ?
  const float* outState;  // [F H] ?
  const float* keys;  // [S M A]
  const float* values;  // [S M D]
  const float* v;  // [A] ?
  const int32_t* sources;  // [B] from 0 to M-1
  const int32_t* memoryLengths;  // [M] from 1 to S
  const float* wHh;  // [4H H]
  const float* wFeed;  // [4H F]
  float* y;  // [T B H] out
  float* c;  // [T B H] out
  float* query;  // [T B A] ? out
  float* weights;  // [T B S] out
  float* context;  // [T B D] out
  float* output;  // [T B F] ? out
  float* hT;  // [B H] out
  float* cT;  // [B H] out
};

// Backpropagation through time for attentiveLstmForward. gates holds the activations before and the gradient of the input projection after.
struct AttentiveLstmBackward {
  static constexpr int32_t words = 10, arrays = 38;
  int32_t T, B, S, M, A, D, F, H;
  int32_t feedsOutput;  // 0 or 1
  float scale;
  float* gates;  // [T B 4H] inout
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* c0;  // [B H]
  const float* output0;  // [B F] ?
  const float* wQuery;  // [A H] ?
  const float* outContext;  // [F D] ?
  const float* outState;  // [F H] ?
  const float* keys;  // [S M A]
  const float* values;  // [S M D]
  const float* v;  // [A] ?
  const int32_t* sources;  // [B] from 0 to M-1
  const int32_t* memoryLengths;  // [M] from 1 to S
  const float* wHh;  // [4H H]
  const float* wFeed;  // [4H F]
  const float* y;  // [T B H]
  const float* c;  // [T B H]
  const float* query;  // [T B A] ?
  const float* weights;  // [T B S]
  const float* context;  // [T B D]
  const float* output;  // [T B F] ?
  const float* dy;  // [T B H]
  const float* dcontext;  // [T B D] ?
  const float* dweights;  // [T B S] ?
  const float* doutput;  // [T B F] ?
  const float* dhT;  // [B H]
  float* dh0;  // [B H] out
  float* doutput0;  // [B F] ? out
  float* dwQuery;  // [A H] ? out
  float* doutContext;  // [F D] ? out
  float* doutState;  // [F H] ? out
  float* dkeys;  // [S M A] out
  float* dvalues;  // [S M D] out
  float* dv;  // [A] ? out
  const float* dcT;  // [B H]
  float* dc0;  // [B H] out
  float* dwHh;  // [4H H] out
  float* dwFeed;  // [4H F] out
};

// GRU (gruForward) with attention inside its step, as attentiveLstmForward. gates r z n holds the input projection before and the activations after.
struct AttentiveGruForward {
  static constexpr int32_t words = 10, arrays = 22;
  int32_t T, B, S, M, A, D, F, H;
  int32_t feedsOutput;  // 0 or 1
  float scale;
  float* gates;  // [T B 3H] inout
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* output0;  // [B F] ?
  const float* wQuery;  // [A H] ?
  const float* outContext;  // [F D] ?
  const float* outState;  // [F H] ?
  const float* keys;  // [S M A]
  const float* values;  // [S M D]
  const float* v;  // [A] ?
  const int32_t* sources;  // [B] from 0 to M-1
  const int32_t* memoryLengths;  // [M] from 1 to S
  const float* wHh;  // [3H H]
  const float* wFeed;  // [3H F]
  const float* biasHn;  // [H] ?
  float* y;  // [T B H] out
  float* hn;  // [T B H] out
  float* query;  // [T B A] ? out
  float* weights;  // [T B S] out
  float* context;  // [T B D] out
  float* output;  // [T B F] ? out
  float* hT;  // [B H] out
};

// Backpropagation through time for attentiveGruForward. gates holds the activations before and the gradient of the input projection after.
struct AttentiveGruBackward {
  static constexpr int32_t words = 10, arrays = 36;
  int32_t T, B, S, M, A, D, F, H;
  int32_t feedsOutput;  // 0 or 1
  float scale;
  float* gates;  // [T B 3H] inout
  const int32_t* lengths;  // [B] from 1 to T
  const float* h0;  // [B H]
  const float* output0;  // [B F] ?
  const float* wQuery;  // [A H] ?
  const float* outContext;  // [F D] ?
  const float* outState;  // [F H] ?
  const float* keys;  // [S M A]
  const float* values;  // [S M D]
  const float* v;  // [A] ?
  const int32_t* sources;  // [B] from 0 to M-1
  const int32_t* memoryLengths;  // [M] from 1 to S
  const float* wHh;  // [3H H]
  const float* wFeed;  // [3H F]
  const float* y;  // [T B H]
  const float* hn;  // [T B H]
  const float* query;  // [T B A] ?
  const float* weights;  // [T B S]
  const float* context;  // [T B D]
  const float* output;  // [T B F] ?
  const float* dy;  // [T B H]
  const float* dcontext;  // [T B D] ?
  const float* dweights;  // [T B S] ?
  const float* doutput;  // [T B F] ?
  const float* dhT;  // [B H]
  float* dh0;  // [B H] out
  float* doutput0;  // [B F] ? out
  float* dwQuery;  // [A H] ? out
  float* doutContext;  // [F D] ? out
  float* doutState;  // [F H] ? out
  float* dkeys;  // [S M A] out
  float* dvalues;  // [S M D] out
  float* dv;  // [A] ? out
  float* dwHh;  // [3H H] out
  float* dwFeed;  // [3H F] out
  float* dbiasHn;  // [H] ? out
};

// loss[n] = (1-s) (lse - logits[target]) + s (lse - mean of logits), lse = log sum exp of row n, s = smoothing (Szegedy 2016).
struct CrossEntropyForward {
  static constexpr int32_t words = 3, arrays = 4;
  int32_t N, V;
  float smoothing;
  const float* logits;  // [N V]
  const int32_t* targets;  // [N] from -1 to V-1
  float* loss;  // [N] out
  float* lse;  // [N] out
};

// dlogits = dloss[n] (exp(logits - lse) - (1-s) [v = target] - s/V).
struct CrossEntropyBackward {
  static constexpr int32_t words = 3, arrays = 5;
  int32_t N, V;
  float smoothing;
  const float* logits;  // [N V]
  const int32_t* targets;  // [N] from -1 to V-1
  const float* lse;  // [N]
  const float* dloss;  // [N]
  float* dlogits;  // [N V] out
};

// Cross-entropy of logits = w x + bias without keeping the logits: loss per row, and the gradients of scale * sum of loss where asked for.
struct LinearCrossEntropy {
  static constexpr int32_t words = 5, arrays = 8;
  int32_t N, I, V;
  float smoothing;
  float scale;
  const float* x;  // [N I]
  const float* w;  // [V I]
  const float* bias;  // [V] ?
  const int32_t* targets;  // [N] from -1 to V-1
  float* loss;  // [N] out
  float* dx;  // [N I] ? out
  float* dw;  // [V I] ? out
  float* dbias;  // [V] ? out
};

// The K greatest of the logits w x[n] + bias of each row, w by group, the greatest first and of equal ones the first, without keeping the others; those in barred are left out. Where too few are left ids is -1 and best 0. totals = log of the sum of exp of all logits.
struct LinearBest {
  static constexpr int32_t words = 6, arrays = 7;
  int32_t N, I, V, P, K, U;
  const float* x;  // [N I]
  const float* w;  // [P I 16]
  const float* bias;  // [V] ?
  const int32_t* barred;  // [U] from 0 to V-1
  int32_t* ids;  // [N K] out
  float* best;  // [N K] out
  float* totals;  // [N] out
};

// loss[n] = log(1 + exp(x)) - target x, x = logits[n]; targets from 0 to 1.
struct SigmoidCrossEntropyForward {
  static constexpr int32_t words = 1, arrays = 3;
  int32_t N;
  const float* logits;  // [N]
  const float* targets;  // [N]
  float* loss;  // [N] out
};

// dlogits[n] = dloss[n] (sigmoid(logits[n]) - targets[n]).
struct SigmoidCrossEntropyBackward {
  static constexpr int32_t words = 1, arrays = 4;
  int32_t N;
  const float* logits;  // [N]
  const float* targets;  // [N]
  const float* dloss;  // [N]
  float* dlogits;  // [N] out
};

// y[n] = softmax of row n.
struct SoftmaxForward {
  static constexpr int32_t words = 2, arrays = 2;
  int32_t N, V;
  const float* x;  // [N V]
  float* y;  // [N V] out
};

// dx = y (dy - sum over the row of y dy).
struct SoftmaxBackward {
  static constexpr int32_t words = 2, arrays = 3;
  int32_t N, V;
  const float* y;  // [N V]
  const float* dy;  // [N V]
  float* dx;  // [N V] out
};

// y[n] = x[n] / (1 - rate), or 0 with probability rate, decided by a hash of (seed, n); its own gradient with the same seed.
struct Dropout {
  static constexpr int32_t words = 3, arrays = 2;
  int32_t N;
  float rate;
  int32_t seed;
  const float* x;  // [N]
  float* y;  // [N] out
};

// y = gain (x - mean) rstd + bias, rstd = 1/sqrt(variance + epsilon), over each row (Ba 2016).
struct LayerNormForward {
  static constexpr int32_t words = 3, arrays = 6;
  int32_t N, H;
  float epsilon;
  const float* x;  // [N H]
  const float* gain;  // [H]
  const float* bias;  // [H]
  float* y;  // [N H] out
  float* mean;  // [N] out
  float* rstd;  // [N] out
};

// Gradients of layerNormForward.
struct LayerNormBackward {
  static constexpr int32_t words = 2, arrays = 8;
  int32_t N, H;
  const float* x;  // [N H]
  const float* gain;  // [H]
  const float* mean;  // [N]
  const float* rstd;  // [N]
  const float* dy;  // [N H]
  float* dx;  // [N H] out
  float* dgain;  // [H] out
  float* dbias;  // [H] out
};

// y = op(x) for every element.
struct Map {
  static constexpr int32_t words = 2, arrays = 2;
  int32_t N;
  enum : int32_t { tanh, sigmoid, relu, exp, log, sqrt, square, neg, abs };
  int32_t op;  // one of the above
  const float* x;  // [N]
  float* y;  // [N] out
};

// dx = dy op'(x), with y = op(x) given.
struct MapBackward {
  static constexpr int32_t words = 2, arrays = 4;
  int32_t N;
  enum : int32_t { tanh, sigmoid, relu, exp, log, sqrt, square, neg, abs };
  int32_t op;  // one of the above
  const float* x;  // [N]
  const float* y;  // [N]
  const float* dy;  // [N]
  float* dx;  // [N] out
};

// y = a op b for every element.
struct Zip {
  static constexpr int32_t words = 2, arrays = 3;
  int32_t N;
  enum : int32_t { add, sub, mul, div };
  int32_t op;  // one of the above
  const float* a;  // [N]
  const float* b;  // [N]
  float* y;  // [N] out
};

// y = by x + plus; y may be x.
struct Scale {
  static constexpr int32_t words = 3, arrays = 2;
  int32_t N;
  float by;
  float plus;
  const float* x;  // [N]
  float* y;  // [N] out
};

// y += by x.
struct Accumulate {
  static constexpr int32_t words = 2, arrays = 2;
  int32_t N;
  float by;
  const float* x;  // [N]
  float* y;  // [N] inout
};

// x = min(max(x, -limit), limit).
struct Clamp {
  static constexpr int32_t words = 2, arrays = 1;
  int32_t N;
  float limit;
  float* x;  // [N] inout
};

// y[a, m, c] = x[a, c]: x repeated M times; the gradient of sum.
struct Expand {
  static constexpr int32_t words = 3, arrays = 2;
  int32_t A, M, C;
  const float* x;  // [A C]
  float* y;  // [A M C] out
};

// y[a, c] = sum of x[a, m, c] over m, in a fixed order.
struct Sum {
  static constexpr int32_t words = 3, arrays = 2;
  int32_t A, M, C;
  const float* x;  // [A M C]
  float* y;  // [A C] out
};

// y[a, c] = greatest x[a, m, c] over m, index its first m; M is at least 1.
struct Max {
  static constexpr int32_t words = 3, arrays = 3;
  int32_t A, M, C;
  const float* x;  // [A M C]
  float* y;  // [A C] out
  int32_t* index;  // [A C] out
};

// y[a, n, m, c] = x[a, m, n, c].
struct Transpose {
  static constexpr int32_t words = 4, arrays = 2;
  int32_t A, M, N, C;
  const float* x;  // [A M N C]
  float* y;  // [A N M C] out
};

// y[r] = x[r, at : at + C]: some columns of every row; at + C is at most X.
struct Take {
  static constexpr int32_t words = 4, arrays = 2;
  int32_t R, X, C;
  int32_t at;
  const float* x;  // [R X]
  float* y;  // [R C] out
};

// y[r, at : at + C] = x[r], other columns unchanged; at + C is at most X.
struct Place {
  static constexpr int32_t words = 4, arrays = 2;
  int32_t R, X, C;
  int32_t at;
  const float* x;  // [R C]
  float* y;  // [R X] inout
};

// y[0] = sum of the squares of x, in blocks of 4096 added in order.
struct SumSquares {
  static constexpr int32_t words = 1, arrays = 2;
  int32_t N;
  const float* x;  // [N]
  float* y;  // [1] out
};

// v = momentum v + g; w -= rate (nesterov ? g + momentum v : v); without velocity w -= rate g (Sutskever 2013, as PyTorch).
struct SgdUpdate {
  static constexpr int32_t words = 5, arrays = 3;
  int32_t N;
  float rate;
  float momentum;
  int32_t nesterov;  // 0 or 1
  float weightDecay;
  const float* g;  // [N]
  float* w;  // [N] inout
  float* velocity;  // [N] ? inout
};

// s += g²; w -= rate g / (sqrt(s) + epsilon) (Duchi 2011).
struct AdagradUpdate {
  static constexpr int32_t words = 4, arrays = 3;
  int32_t N;
  float rate;
  float epsilon;
  float weightDecay;
  const float* g;  // [N]
  float* w;  // [N] inout
  float* squares;  // [N] inout
};

// s = decay s + (1-decay) g²; v = momentum v + g / (sqrt(s) + epsilon); w -= rate v (Tieleman & Hinton 2012, as PyTorch).
struct RmspropUpdate {
  static constexpr int32_t words = 6, arrays = 4;
  int32_t N;
  float rate;
  float decay;
  float momentum;
  float epsilon;
  float weightDecay;
  const float* g;  // [N]
  float* w;  // [N] inout
  float* squares;  // [N] inout
  float* velocity;  // [N] ? inout
};

// m = beta1 m + (1-beta1) g; v = beta2 v + (1-beta2) g²; w -= rate (m / correction1) / (sqrt(v / correction2) + epsilon) (Kingma & Ba 2015); decoupled: w -= rate weightDecay w first, g without decay (Loshchilov & Hutter 2019).
struct AdamUpdate {
  static constexpr int32_t words = 9, arrays = 4;
  int32_t N;
  float rate;
  float beta1;
  float beta2;
  float epsilon;
  float weightDecay;
  int32_t decoupled;  // 0 or 1
  float correction1;
  float correction2;
  const float* g;  // [N]
  float* w;  // [N] inout
  float* m;  // [N] inout
  float* v;  // [N] inout
};

// Calls X(name, Struct) for each kernel, in the order of the table.
#define KERNELS(X) \
  X(gemmNN, GemmNN) \
  X(gemmNT, GemmNT) \
  X(gemmTN, GemmTN) \
  X(linearForward, LinearForward) \
  X(group, Group) \
  X(linearGrouped, LinearGrouped) \
  X(linearBackward, LinearBackward) \
  X(embeddingForward, EmbeddingForward) \
  X(embeddingBackward, EmbeddingBackward) \
  X(rnnForward, RnnForward) \
  X(rnnBackward, RnnBackward) \
  X(gruForward, GruForward) \
  X(gruBackward, GruBackward) \
  X(gruSimplifiedForward, GruSimplifiedForward) \
  X(gruSimplifiedBackward, GruSimplifiedBackward) \
  X(lstmForward, LstmForward) \
  X(lstmBackward, LstmBackward) \
  X(minGruForward, MinGruForward) \
  X(minGruBackward, MinGruBackward) \
  X(minLstmForward, MinLstmForward) \
  X(minLstmBackward, MinLstmBackward) \
  X(attendForward, AttendForward) \
  X(attendBackward, AttendBackward) \
  X(lstmStep, LstmStep) \
  X(gruStep, GruStep) \
  X(attentiveLstmForward, AttentiveLstmForward) \
  X(attentiveLstmBackward, AttentiveLstmBackward) \
  X(attentiveGruForward, AttentiveGruForward) \
  X(attentiveGruBackward, AttentiveGruBackward) \
  X(crossEntropyForward, CrossEntropyForward) \
  X(crossEntropyBackward, CrossEntropyBackward) \
  X(linearCrossEntropy, LinearCrossEntropy) \
  X(linearBest, LinearBest) \
  X(sigmoidCrossEntropyForward, SigmoidCrossEntropyForward) \
  X(sigmoidCrossEntropyBackward, SigmoidCrossEntropyBackward) \
  X(softmaxForward, SoftmaxForward) \
  X(softmaxBackward, SoftmaxBackward) \
  X(dropout, Dropout) \
  X(layerNormForward, LayerNormForward) \
  X(layerNormBackward, LayerNormBackward) \
  X(map, Map) \
  X(mapBackward, MapBackward) \
  X(zip, Zip) \
  X(scale, Scale) \
  X(accumulate, Accumulate) \
  X(clamp, Clamp) \
  X(expand, Expand) \
  X(sum, Sum) \
  X(max, Max) \
  X(transpose, Transpose) \
  X(take, Take) \
  X(place, Place) \
  X(sumSquares, SumSquares) \
  X(sgdUpdate, SgdUpdate) \
  X(adagradUpdate, AdagradUpdate) \
  X(rmspropUpdate, RmspropUpdate) \
  X(adamUpdate, AdamUpdate)

// Every kernel as compiled for one instruction set. Each returns false when there was not enough scratch memory.
struct KernelSet {
#define X(name, Struct) bool (*name)(const Struct&, const Runtime&);
  KERNELS(X)
#undef X
};

// What the kernels were compiled from; compared on loading with the table of the running program.
#define KERNEL_TABLE "gemmNN(M, N, K, accumulate:flag, a:in float[M K], b:in float[K N], c:inout float[M N]); gemmNT(M, N, K, accumulate:flag, a:in float[M K], b:in float[N K], c:inout float[M N]); gemmTN(M, N, K, accumulate:flag, a:in float[K M], b:in float[K N], c:inout float[M N]); linearForward(N, I, O, x:in float[N I], w:in float[O I], bias:in? float[O], y:out float[N O]); group(P, O, I, w:in float[O I], y:out float[P I 16]); linearGrouped(N, I, O, P, accumulate:flag, x:in float[N I], w:in float[P I 16], bias:in? float[O], y:inout float[N O]); linearBackward(N, I, O, x:in float[N I], w:in float[O I], dy:in float[N O], dx:out? float[N I], dw:out? float[O I], dbias:out? float[O]); embeddingForward(N, V, E, ids:in int[N] 0..V-1, w:in float[V E], y:out float[N E]); embeddingBackward(N, V, E, ids:in int[N] 0..V-1, dy:in float[N E], dw:out float[V E]); rnnForward(T, B, H, act:tanh|relu, reverse:flag, z:in float[T B H], lengths:in int[B] 1..T, h0:in float[B H], wHh:in float[H H], y:out float[T B H], hT:out float[B H]); rnnBackward(T, B, H, act:tanh|relu, reverse:flag, lengths:in int[B] 1..T, h0:in float[B H], wHh:in float[H H], y:in float[T B H], dy:in float[T B H], dhT:in float[B H], dz:out float[T B H], dh0:out float[B H], dwHh:out float[H H]); gruForward(T, B, H, reverse:flag, gates:inout float[T B 3H], lengths:in int[B] 1..T, h0:in float[B H], wHh:in float[3H H], biasHn:in? float[H], y:out float[T B H], hn:out float[T B H], hT:out float[B H]); gruBackward(T, B, H, reverse:flag, gates:inout float[T B 3H], lengths:in int[B] 1..T, h0:in float[B H], wHh:in float[3H H], y:in float[T B H], hn:in float[T B H], dy:in float[T B H], dhT:in float[B H], dh0:out float[B H], dwHh:out float[3H H], dbiasHn:out? float[H]); gruSimplifiedForward(T, B, H, reverse:flag, gates:inout float[T B 2H], lengths:in int[B] 1..T, h0:in float[B H], wHh:in float[2H H], y:out float[T B H], hT:out float[B H]); gruSimplifiedBackward(T, B, H, reverse:flag, gates:inout float[T B 2H], lengths:in int[B] 1..T, h0:in float[B H], wHh:in float[2H H], y:in float[T B H], dy:in float[T B H], dhT:in float[B H], dh0:out float[B H], dwHh:out float[2H H]); lstmForward(T, B, H, reverse:flag, gates:inout float[T B 4H], lengths:in int[B] 1..T, h0:in float[B H], c0:in float[B H], wHh:in float[4H H], peepholes:in? float[3 H], y:out float[T B H], c:out float[T B H], hT:out float[B H], cT:out float[B H]); lstmBackward(T, B, H, reverse:flag, gates:inout float[T B 4H], lengths:in int[B] 1..T, h0:in float[B H], c0:in float[B H], wHh:in float[4H H], peepholes:in? float[3 H], y:in float[T B H], c:in float[T B H], dy:in float[T B H], dhT:in float[B H], dcT:in float[B H], dh0:out float[B H], dc0:out float[B H], dwHh:out float[4H H], dpeepholes:out? float[3 H]); minGruForward(T, B, H, reverse:flag, gates:in float[T B 2H], lengths:in int[B] 1..T, h0:in float[B H], y:out float[T B H], hT:out float[B H]); minGruBackward(T, B, H, reverse:flag, gates:inout float[T B 2H], lengths:in int[B] 1..T, h0:in float[B H], y:in float[T B H], dy:in float[T B H], dhT:in float[B H], dh0:out float[B H]); minLstmForward(T, B, H, reverse:flag, gates:in float[T B 3H], lengths:in int[B] 1..T, h0:in float[B H], y:out float[T B H], hT:out float[B H]); minLstmBackward(T, B, H, reverse:flag, gates:inout float[T B 3H], lengths:in int[B] 1..T, h0:in float[B H], y:in float[T B H], dy:in float[T B H], dhT:in float[B H], dh0:out float[B H]); attendForward(T, B, S, M, A, D, scale:float, query:in float[T B A], keys:in float[S M A], values:in float[S M D], v:in? float[A], sources:in int[B] 0..M-1, lengths:in int[M] 1..S, weights:out float[T B S], context:out float[T B D]); attendBackward(T, B, S, M, A, D, scale:float, query:in float[T B A], keys:in float[S M A], values:in float[S M D], v:in? float[A], sources:in int[B] 0..M-1, lengths:in int[M] 1..S, weights:in float[T B S], dcontext:in float[T B D], dweights:in? float[T B S], dquery:out float[T B A], dkeys:out float[S M A], dvalues:out float[S M D], dv:out? float[A]); lstmStep(B, V, U, H, ids:in int[B] 0..V-1, z:in float[V 4H], slots:in int[B] 0..U-1, p:in float[U 4H], c0:in float[U H], h:out float[B H], c:out float[B H]); gruStep(B, V, U, H, ids:in int[B] 0..V-1, z:in float[V 3H], slots:in int[B] 0..U-1, p:in float[U 3H], fed:in? float[U 3H], biasHn:in? float[H], h0:in float[U H], h:out float[B H]); attentiveLstmForward(T, B, S, M, A, D, F, H, feedsOutput:flag, scale:float, gates:inout float[T B 4H], lengths:in int[B] 1..T, h0:in float[B H], c0:in float[B H], output0:in? float[B F], wQuery:in? float[A H], outContext:in? float[F D], outState:in? float[F H], keys:in float[S M A], values:in float[S M D], v:in? float[A], sources:in int[B] 0..M-1, memoryLengths:in int[M] 1..S, wHh:in float[4H H], wFeed:in float[4H F], y:out float[T B H], c:out float[T B H], query:out? float[T B A], weights:out float[T B S], context:out float[T B D], output:out? float[T B F], hT:out float[B H], cT:out float[B H]); attentiveLstmBackward(T, B, S, M, A, D, F, H, feedsOutput:flag, scale:float, gates:inout float[T B 4H], lengths:in int[B] 1..T, h0:in float[B H], c0:in float[B H], output0:in? float[B F], wQuery:in? float[A H], outContext:in? float[F D], outState:in? float[F H], keys:in float[S M A], values:in float[S M D], v:in? float[A], sources:in int[B] 0..M-1, memoryLengths:in int[M] 1..S, wHh:in float[4H H], wFeed:in float[4H F], y:in float[T B H], c:in float[T B H], query:in? float[T B A], weights:in float[T B S], context:in float[T B D], output:in? float[T B F], dy:in float[T B H], dcontext:in? float[T B D], dweights:in? float[T B S], doutput:in? float[T B F], dhT:in float[B H], dh0:out float[B H], doutput0:out? float[B F], dwQuery:out? float[A H], doutContext:out? float[F D], doutState:out? float[F H], dkeys:out float[S M A], dvalues:out float[S M D], dv:out? float[A], dcT:in float[B H], dc0:out float[B H], dwHh:out float[4H H], dwFeed:out float[4H F]); attentiveGruForward(T, B, S, M, A, D, F, H, feedsOutput:flag, scale:float, gates:inout float[T B 3H], lengths:in int[B] 1..T, h0:in float[B H], output0:in? float[B F], wQuery:in? float[A H], outContext:in? float[F D], outState:in? float[F H], keys:in float[S M A], values:in float[S M D], v:in? float[A], sources:in int[B] 0..M-1, memoryLengths:in int[M] 1..S, wHh:in float[3H H], wFeed:in float[3H F], biasHn:in? float[H], y:out float[T B H], hn:out float[T B H], query:out? float[T B A], weights:out float[T B S], context:out float[T B D], output:out? float[T B F], hT:out float[B H]); attentiveGruBackward(T, B, S, M, A, D, F, H, feedsOutput:flag, scale:float, gates:inout float[T B 3H], lengths:in int[B] 1..T, h0:in float[B H], output0:in? float[B F], wQuery:in? float[A H], outContext:in? float[F D], outState:in? float[F H], keys:in float[S M A], values:in float[S M D], v:in? float[A], sources:in int[B] 0..M-1, memoryLengths:in int[M] 1..S, wHh:in float[3H H], wFeed:in float[3H F], y:in float[T B H], hn:in float[T B H], query:in? float[T B A], weights:in float[T B S], context:in float[T B D], output:in? float[T B F], dy:in float[T B H], dcontext:in? float[T B D], dweights:in? float[T B S], doutput:in? float[T B F], dhT:in float[B H], dh0:out float[B H], doutput0:out? float[B F], dwQuery:out? float[A H], doutContext:out? float[F D], doutState:out? float[F H], dkeys:out float[S M A], dvalues:out float[S M D], dv:out? float[A], dwHh:out float[3H H], dwFeed:out float[3H F], dbiasHn:out? float[H]); crossEntropyForward(N, V, smoothing:float, logits:in float[N V], targets:in int[N] -1..V-1, loss:out float[N], lse:out float[N]); crossEntropyBackward(N, V, smoothing:float, logits:in float[N V], targets:in int[N] -1..V-1, lse:in float[N], dloss:in float[N], dlogits:out float[N V]); linearCrossEntropy(N, I, V, smoothing:float, scale:float, x:in float[N I], w:in float[V I], bias:in? float[V], targets:in int[N] -1..V-1, loss:out float[N], dx:out? float[N I], dw:out? float[V I], dbias:out? float[V]); linearBest(N, I, V, P, K, U, x:in float[N I], w:in float[P I 16], bias:in? float[V], barred:in int[U] 0..V-1, ids:out int[N K], best:out float[N K], totals:out float[N]); sigmoidCrossEntropyForward(N, logits:in float[N], targets:in float[N], loss:out float[N]); sigmoidCrossEntropyBackward(N, logits:in float[N], targets:in float[N], dloss:in float[N], dlogits:out float[N]); softmaxForward(N, V, x:in float[N V], y:out float[N V]); softmaxBackward(N, V, y:in float[N V], dy:in float[N V], dx:out float[N V]); dropout(N, rate:float, seed:int, x:in float[N], y:out float[N]); layerNormForward(N, H, epsilon:float, x:in float[N H], gain:in float[H], bias:in float[H], y:out float[N H], mean:out float[N], rstd:out float[N]); layerNormBackward(N, H, x:in float[N H], gain:in float[H], mean:in float[N], rstd:in float[N], dy:in float[N H], dx:out float[N H], dgain:out float[H], dbias:out float[H]); map(N, op:tanh|sigmoid|relu|exp|log|sqrt|square|neg|abs, x:in float[N], y:out float[N]); mapBackward(N, op:tanh|sigmoid|relu|exp|log|sqrt|square|neg|abs, x:in float[N], y:in float[N], dy:in float[N], dx:out float[N]); zip(N, op:add|sub|mul|div, a:in float[N], b:in float[N], y:out float[N]); scale(N, by:float, plus:float, x:in float[N], y:out float[N]); accumulate(N, by:float, x:in float[N], y:inout float[N]); clamp(N, limit:float, x:inout float[N]); expand(A, M, C, x:in float[A C], y:out float[A M C]); sum(A, M, C, x:in float[A M C], y:out float[A C]); max(A, M, C, x:in float[A M C], y:out float[A C], index:out int[A C]); transpose(A, M, N, C, x:in float[A M N C], y:out float[A N M C]); take(R, X, C, at:int, x:in float[R X], y:out float[R C]); place(R, X, C, at:int, x:in float[R C], y:inout float[R X]); sumSquares(N, x:in float[N], y:out float[1]); sgdUpdate(N, rate:float, momentum:float, nesterov:flag, weightDecay:float, g:in float[N], w:inout float[N], velocity:inout? float[N]); adagradUpdate(N, rate:float, epsilon:float, weightDecay:float, g:in float[N], w:inout float[N], squares:inout float[N]); rmspropUpdate(N, rate:float, decay:float, momentum:float, epsilon:float, weightDecay:float, g:in float[N], w:inout float[N], squares:inout float[N], velocity:inout? float[N]); adamUpdate(N, rate:float, beta1:float, beta2:float, epsilon:float, weightDecay:float, decoupled:flag, correction1:float, correction2:float, g:in float[N], w:inout float[N], m:inout float[N], v:inout float[N])"
