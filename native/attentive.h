// Decoder layers with attention inside their step: a cell's own steps, taken from lstm.cc and gru.cc, with what is read of a
// memory in between.
//
// Each thread takes some rows of the batch through all steps. In the backward pass rows that read one memory stay together,
// so that its gradient is added up by one thread, in the order of the steps. The gradients of weights are made at the end, as
// products over all steps.
#pragma once
#include "attention.h"
#include "columns.h"
#include "recurrent.h"

namespace {

// A weight [outputs depth] that multiplies rows at every step.
struct StepWeight {
  const float* w;
  ptrdiff_t outputs, depth;
  Panels panels{};

  // For products with the weight's rows, as in the forward pass.
  bool pack(const Runtime& run) {
    panels = Panels(depth, outputs);
    return panels.pack(transposed(w, depth), run);
  }
  // For products with its columns, as in the backward pass.
  bool packBack(const Runtime& run) {
    panels = Panels(outputs, depth);
    return panels.pack(rowMajor(w, depth), run);
  }
};

// What rows are compared with, and the queries of one step as they are compared.
struct Comparing {
  const float* keys = nullptr;  // [S M A]
  float* queries = nullptr;     // [B A], of additive attention

  // False when there was no scratch memory.
  template <class Kernel>
  bool begin(const Kernel& k, const Runtime& run) {
    keys = k.keys;
    if (!k.v) return true;
    keys = doubledExpsOf(k.keys, ptrdiff_t(k.S) * k.M * k.A, run);
    queries = scratchFloats(run, ptrdiff_t(k.B) * k.A);
    return keys && queries;
  }

  // The memory that row b reads.
  template <class Kernel>
  Memory memory(const Kernel& k, ptrdiff_t b) const {
    const ptrdiff_t m = k.sources[b];
    return {k.memoryLengths[m], k.A, k.D, keys + m * k.A, k.M * k.A, k.values + m * k.D, k.M * k.D, k.v, k.scale};
  }

  // The query of row b.
  template <class Kernel>
  const float* query(const Kernel& k, ptrdiff_t b, const float* given) const {
    if (!k.v) return given;
    doubledExps(given, queries + b * k.A, k.A);
    return queries + b * k.A;
  }
};

// The weights of a layer beside those of its input: wHh in the parts of its cell, and the others.
template <class Cell, class Kernel>
struct StepWeights {
  StepWeight hidden[Cell::parts];
  StepWeight feed, query, outContext, outState;
  bool asks, feedsOutput;  // whether wQuery makes the queries, instead of the states being them

  StepWeights(const Cell& cell, const Kernel& k)
      : feed{k.wFeed, Cell::gates * ptrdiff_t(k.H), k.F},
        query{k.wQuery, k.A, k.H},
        outContext{k.outContext, k.F, k.D},
        outState{k.outState, k.F, k.H},
        asks(k.query || k.A != k.H),  // an array without elements may be null
        feedsOutput(k.feedsOutput != 0) {
    for (int i = 0; i < Cell::parts; i++) {
      const StateProducts part = cell.part(i);
      hidden[i] = {k.wHh + part.weightsFrom * k.H, part.columns, k.H};
    }
  }

  // Calls packed(weight) for each weight that is there, until one says no.
  template <class Pack>
  bool each(const Pack& pack) {
    for (StepWeight& weight : hidden)
      if (!pack(weight)) return false;
    return pack(feed) && (!asks || pack(query)) && (!feedsOutput || (pack(outContext) && pack(outState)));
  }
};

template <class Cell, class Kernel>
struct AttentiveForwardSteps {
  const Cell& cell;
  const Kernel& k;
  const Sequences& s;
  StepWeights<Cell, Kernel> weights;
  Comparing comparing{};

  // One step of some rows. times(weight, x, y, yRow, add) multiplies a row of x for each of them; each(work) calls work(b).
  template <class Times, class Each>
  void step(ptrdiff_t t, Rows rows, const Times& times, const Each& each) const {
    const ptrdiff_t H = s.H, gates = Cell::gates * H, first = t * s.B + rows.from, past = first - s.B;
    const float* h = t == 0 ? k.h0 + rows.from * H : k.y + past * H;
    const float* fed = k.context + first * k.D;
    if (!k.feedsOutput)
      look(t, rows, h, times, each);
    else if (t > 0)
      fed = k.output + past * k.F;
    else
      fed = k.output0 ? k.output0 + rows.from * k.F : nullptr;
    for (int i = 0; i < Cell::parts; i++) {
      const StateProducts products = cell.part(i);
      times(weights.hidden[i], h, products.of(first), products.row, Cell::adds(i));
    }
    if (fed) times(weights.feed, fed, k.gates + first * gates, gates, true);
    each([&](ptrdiff_t b) {
      if (s.isReal(t, b)) cell.step(t, b);
    });
    if (!k.feedsOutput) return;
    look(t, rows, k.y + first * H, times, each);
    times(weights.outContext, k.context + first * k.D, k.output + first * k.F, k.F, false);
    times(weights.outState, k.y + first * H, k.output + first * k.F, k.F, true);
    each([&](ptrdiff_t b) {
      float* output = k.output + (t * s.B + b) * k.F;
      vectors(0, k.F, [&](ptrdiff_t f, auto lanes) { store(output + f, tanh(load(output + f, lanes)), lanes); });
    });
  }

  // Attention at step t: the context that the states h ask for.
  template <class Times, class Each>
  void look(ptrdiff_t t, Rows rows, const float* h, const Times& times, const Each& each) const {
    const ptrdiff_t first = t * s.B + rows.from;
    if (weights.asks) times(weights.query, h, k.query + first * k.A, k.A, false);
    each([&](ptrdiff_t b) {
      if (!s.isReal(t, b)) return;
      const ptrdiff_t row = t * s.B + b;
      const Memory memory = comparing.memory(k, b);
      const float* query = comparing.query(k, b, weights.asks ? k.query + row * k.A : h + (b - rows.from) * s.H);
      memory.weigh(query, k.weights + row * k.S, k.S);
      memory.gather(k.weights + row * k.S, k.context + row * k.D);
    });
  }

  void finish(Rows rows) const {
    s.copyLast(rows, k.y, k.hT);
    s.clearBeyond(rows, k.y, s.H);
    s.clearBeyond(rows, k.weights, k.S);
    s.clearBeyond(rows, k.context, k.D);
    if (k.query) s.clearBeyond(rows, k.query, k.A);
    if (k.output) s.clearBeyond(rows, k.output, k.F);
    cell.finish(rows);
  }

  bool run(const Runtime& run) {
    if (!comparing.begin(k, run)) return false;
    if (s.T == 1) return runOne(run);
    if (!weights.each([&](StepWeight& weight) { return weight.pack(run); })) return false;
    shareBatch(run, s, Cell::gates, [&](Rows all) {
      for (ptrdiff_t t = 0; t < s.T; t++) {
        const Rows rows = s.realRows(all, t);
        const auto times = [&](const StepWeight& weight, const float* x, float* y, ptrdiff_t yRow, bool add) {
          weight.panels.multiply(rows.count(), x, weight.depth, y, yRow, add, t % 2 == 1);
        };
        step(t, rows, times, [&](const auto& work) {
          for (ptrdiff_t b = rows.from; b < rows.to; b++) work(b);
        });
      }
      finish(all);
    });
    return true;
  }

  // A single step, as in decoding: threads share each product, and the rows in between.
  bool runOne(const Runtime& run) const {
    bool done = true;
    const Rows all{0, s.B};
    const auto times = [&](const StepWeight& weight, const float* x, float* y, ptrdiff_t yRow, bool add) {
      done = done && multiply({s.B, weight.outputs, weight.depth, rowMajor(x, weight.depth),
                               transposed(weight.w, weight.depth), y, yRow, add},
                              run);
    };
    const double work = 4.0 * double(s.B) * double(k.S) * double(k.D + (k.v ? 8 : 1) * k.A);
    step(0, all, times, [&](const auto& each) {
      share(run, threadsFor(run, work), s.B, [&](int32_t, ptrdiff_t b) { each(b); });
    });
    finish(all);
    return done;
  }
};

template <class Cell, class Kernel>
struct AttentiveBackwardSteps {
  const Cell& cell;
  const Kernel& k;
  const Sequences& s;
  StepWeights<Cell, Kernel> weights;
  Comparing comparing{};
  float *dh = nullptr, *dFed = nullptr, *dContext = nullptr;       // [B H], [B F], [B D], from step to step
  float *dQuery = nullptr, *dOutput = nullptr;                     // [T B A], [T B F]
  float *dEnergies = nullptr, *dv = nullptr;                       // [B S], [B A]

  // Whether no memory is read both by a row before b and by one from b on.
  bool isApart(ptrdiff_t b) const {
    int32_t most = -1, least = k.M;
    for (ptrdiff_t i = 0; i < b; i++) most = k.sources[i] > most ? k.sources[i] : most;
    for (ptrdiff_t i = b; i < s.B; i++) least = k.sources[i] < least ? k.sources[i] : least;
    return most < least;
  }

  void begin(Rows rows) const {
    cell.begin(rows);
    s.clearBeyond(rows, dQuery, k.A);
    if (k.feedsOutput) s.clearBeyond(rows, dOutput, k.F);
    fill(dv + rows.from * k.A, 0, rows.count() * k.A);
  }

  void stepBack(ptrdiff_t t, Rows rows) const {
    const ptrdiff_t H = s.H, gates = Cell::gates * H, first = t * s.B + rows.from;
    const auto times = [&](const StepWeight& weight, const float* dy, ptrdiff_t dyRow, float* dx, bool add) {
      weight.panels.multiply(rows.count(), dy, dyRow, dx + rows.from * weight.depth, weight.depth, add, t % 2 == 1);
    };
    for (ptrdiff_t b = rows.from; b < rows.to; b++) {
      if (!s.isReal(t, b)) continue;
      const ptrdiff_t row = t * s.B + b;
      if (s.isLast(t, b)) copy(dh + b * H, k.dhT + b * H, H);
      if (k.dcontext) copy(dContext + b * k.D, k.dcontext + row * k.D, k.D);
      else fill(dContext + b * k.D, 0, k.D);
      if (k.feedsOutput) outputBack(t, b);
    }
    if (k.feedsOutput) {
      times(weights.outContext, dOutput + first * k.F, k.F, dContext, true);
      times(weights.outState, dOutput + first * k.F, k.F, dh, true);
      lookBack(t, rows, k.y + first * H, times);
    }
    for (ptrdiff_t b = rows.from; b < rows.to; b++)
      if (s.isReal(t, b)) cell.step(t, b, dh + b * H, dh + b * H);
    for (int i = 0; i < Cell::parts; i++) {
      const StateProducts d = cell.part(i);
      times(weights.hidden[i], d.of(first), d.row, dh, Cell::carries || i > 0);
    }
    if (k.feedsOutput) {
      times(weights.feed, k.gates + first * gates, gates, dFed, false);
    } else {
      times(weights.feed, k.gates + first * gates, gates, dContext, true);
      lookBack(t, rows, t == 0 ? k.h0 + rows.from * H : k.y + (first - s.B) * H, times);
    }
  }

  // The gradient of what tanh makes an output of.
  void outputBack(ptrdiff_t t, ptrdiff_t b) const {
    const ptrdiff_t row = t * s.B + b;
    const bool isLast = s.isLast(t, b);
    vectors(0, k.F, [&](ptrdiff_t f, auto lanes) {
      const Floats y = load(k.output + row * k.F + f, lanes);
      Floats d = isLast ? zeros() : load(dFed + b * k.F + f, lanes);
      if (k.doutput) d += load(k.doutput + row * k.F + f, lanes);
      store(dOutput + row * k.F + f, d * (1.0f - y * y), lanes);
    });
  }

  // Back through attention at step t, which the states h asked for; adds to dh.
  template <class Times>
  void lookBack(ptrdiff_t t, Rows rows, const float* h, const Times& times) const {
    for (ptrdiff_t b = rows.from; b < rows.to; b++) {
      if (!s.isReal(t, b)) continue;
      const ptrdiff_t row = t * s.B + b, m = k.sources[b];
      const Memory memory = comparing.memory(k, b);
      const float* query = comparing.query(k, b, weights.asks ? k.query + row * k.A : h + (b - rows.from) * s.H);
      float* denergies = dEnergies + b * k.S;
      memory.gatherBackward(k.weights + row * k.S, dContext + b * k.D, k.dweights ? k.dweights + row * k.S : nullptr,
                            denergies, k.dvalues + m * k.D);
      memory.weighBackward(query, denergies, dQuery + row * k.A, k.dkeys + m * k.A, dv + b * k.A);
      if (weights.asks) continue;
      float* to = dh + b * s.H;
      vectors(0, s.H, [&](ptrdiff_t i, auto lanes) {
        store(to + i, load(to + i, lanes) + load(dQuery + row * k.A + i, lanes), lanes);
      });
    }
    if (weights.asks) times(weights.query, dQuery + (t * s.B + rows.from) * k.A, k.A, dh, true);
  }

  bool run(const Runtime& run) {
    if (!comparing.begin(k, run)) return false;
    if (!weights.each([&](StepWeight& weight) { return weight.packBack(run); })) return false;
    dh = scratchFloats(run, s.B * s.H);
    dFed = scratchFloats(run, s.B * k.F);
    dContext = scratchFloats(run, s.B * k.D);
    dQuery = scratchFloats(run, s.T * s.B * k.A);
    dOutput = scratchFloats(run, k.feedsOutput ? s.T * s.B * k.F : 0);
    dEnergies = scratchFloats(run, s.B * k.S);
    dv = scratchFloats(run, s.B * k.A);
    if (!dh || !dFed || !dContext || !dQuery || !dOutput || !dEnergies || !dv) return false;
    share(run, threadsFor(run, double(k.S) * double(k.M) * double(k.A + k.D)), k.S, [&](int32_t, ptrdiff_t at) {
      fill(k.dkeys + at * k.M * k.A, 0, ptrdiff_t(k.M) * k.A);
      fill(k.dvalues + at * k.M * k.D, 0, ptrdiff_t(k.M) * k.D);
    });
    shareBatch(
        run, s, Cell::gates,
        [&](Rows all) {
          begin(all);
          for (ptrdiff_t t = s.T - 1; t >= 0; t--) stepBack(t, s.realRows(all, t));
          copy(k.dh0 + all.from * s.H, dh + all.from * s.H, all.count() * s.H);
          if (k.doutput0) copy(k.doutput0 + all.from * k.F, dFed + all.from * k.F, all.count() * k.F);
        },
        [&](ptrdiff_t b) { return isApart(b); });
    return weightGradients(run);
  }

  bool weightGradients(const Runtime& run) const {
    const ptrdiff_t H = s.H, gates = Cell::gates * H, steps = s.T * s.B;
    // The sum over all steps of dy xᵀ.
    const auto product = [&](const float* dy, ptrdiff_t dyRow, ptrdiff_t outputs, const float* x, ptrdiff_t depth,
                             ptrdiff_t rows, float* dw, bool add = false) {
      return multiply({outputs, depth, rows, transposed(dy, dyRow), rowMajor(x, depth), dw, depth, add}, run);
    };
    // As above, x being that of the step before: x0, or zeros where it is null, at the first.
    const auto productBefore = [&](const float* dy, ptrdiff_t dyRow, ptrdiff_t outputs, const float* x, const float* x0,
                                   ptrdiff_t depth, float* dw) {
      return product(dy + s.B * dyRow, dyRow, outputs, x, depth, steps - s.B, dw) &&
             (!x0 || product(dy, dyRow, outputs, x0, depth, s.B, dw, true));
    };
    if (s.T == 0 || s.B == 0) {
      fill(k.dwHh, 0, gates * H);
      fill(k.dwFeed, 0, gates * k.F);
      if (k.dwQuery) fill(k.dwQuery, 0, k.A * H);
      if (k.doutContext) fill(k.doutContext, 0, k.F * k.D);
      if (k.doutState) fill(k.doutState, 0, k.F * H);
      if (k.dv) fill(k.dv, 0, k.A);
      return true;
    }
    for (int i = 0; i < Cell::parts; i++) {
      const StateProducts d = cell.part(i);
      if (!productBefore(d.at, d.row, d.columns, k.y, k.h0, H, k.dwHh + d.weightsFrom * H)) return false;
    }
    if (k.dv) sumRows(dv, s.B, k.A, k.A, k.dv, run);
    if (!k.feedsOutput)
      return product(k.gates, gates, gates, k.context, k.D, steps, k.dwFeed) &&
             (!k.dwQuery || productBefore(dQuery, k.A, k.A, k.y, k.h0, H, k.dwQuery));
    return productBefore(k.gates, gates, gates, k.output, k.output0, k.F, k.dwFeed) &&
           (!k.dwQuery || product(dQuery, k.A, k.A, k.y, H, steps, k.dwQuery)) &&
           (!k.doutContext || product(dOutput, k.F, k.F, k.context, k.D, steps, k.doutContext)) &&
           (!k.doutState || product(dOutput, k.F, k.F, k.y, H, steps, k.doutState));
  }
};

}  // namespace
