// Recurrences without products: h' = keep h + input, where both come from the step's input alone.
//
// Units are scanned side by side, so the work is shared over the batch and over blocks of units. Where those are fewer
// than `enoughItems` and a sequence is long, its time is shared too: blocks of `blockSteps` are scanned on their own as
// though the state before them were 0, then each gets what the state before it adds. Whether that is done, and where
// blocks begin, depends on the sizes alone, so that results do not depend on the threads.
#pragma once
#include "each.h"
#include "recurrent.h"

namespace {

constexpr ptrdiff_t itemUnits = 64, enoughItems = 4, blockSteps = 256;

// Some units of one sequence, for some of its steps in the order in which it is read.
struct Strip {
  ptrdiff_t b, unit, unitEnd, step, stepEnd;
};

struct Scan {
  const Sequences& s;
  ptrdiff_t unitsOfItem;
  bool inBlocks;  // never where there are no threads at all: it only takes longer then

  Scan(const Sequences& s, const Runtime& run) : s(s), unitsOfItem(itemUnits), inBlocks(false) {
    if (s.B >= 4 * run.threads) unitsOfItem = s.H > 0 ? s.H : 1;  // longer rows to read, and as many items as are needed
    const ptrdiff_t items = s.B * ((s.H + itemUnits - 1) / itemUnits);
    for (ptrdiff_t b = 0; b < s.B; b++) inBlocks |= hasThreads && items < enoughItems && s.lengths[b] > blockSteps;
  }

  ptrdiff_t rowOf(ptrdiff_t b, ptrdiff_t step) const {
    return (s.reverse ? s.lengths[b] - 1 - step : step) * s.B + b;
  }
  ptrdiff_t blocksOf(ptrdiff_t b) const { return (s.lengths[b] + blockSteps - 1) / blockSteps; }
  ptrdiff_t lastOf(ptrdiff_t b, ptrdiff_t block) const {
    const ptrdiff_t end = (block + 1) * blockSteps;
    return (end < s.lengths[b] ? end : s.lengths[b]) - 1;
  }

  // Calls work(strip) for all steps of all units, whole sequences or block by block.
  template <class Work>
  void eachStrip(bool byBlocks, const Runtime& run, const Work& work) const {
    const ptrdiff_t units = (s.H + unitsOfItem - 1) / unitsOfItem;
    const ptrdiff_t blocks = byBlocks ? (s.T + blockSteps - 1) / blockSteps : 1;
    const double operations = 50.0 * double(s.T) * double(s.B) * double(s.H);
    share(run, threadsFor(run, operations), s.B * units * blocks, [&](int32_t, ptrdiff_t item) {
      const ptrdiff_t b = item / (units * blocks), unit = item % units * unitsOfItem, block = item / units % blocks;
      const ptrdiff_t unitEnd = unit + unitsOfItem < s.H ? unit + unitsOfItem : s.H;
      const ptrdiff_t end = byBlocks ? lastOf(b, block) + 1 : s.lengths[b];
      const ptrdiff_t from = byBlocks ? block * blockSteps : 0;
      if (from < end) work(Strip{b, unit, unitEnd, from, end});
    });
  }
};

// h' = keep h + input, of one vector of units at one step.
struct Recurrence {
  Floats keep, input;
};

// Forward through time. A cell has step(row, unit, lanes), which gives a Recurrence. False without scratch memory.
template <class Cell>
bool scanForward(const Cell& cell, const Sequences& s, const float* h0, float* y, float* hT, const Runtime& run) {
  const Scan scan(s, run);
  const ptrdiff_t H = s.H;
  // How much of the state before its block is left after each step.
  float* left = scan.inBlocks ? scratchFloats(run, s.T * s.B * H) : nullptr;
  if (scan.inBlocks && !left) return false;
  scan.eachStrip(scan.inBlocks, run, [&](const Strip& strip) {
    for (ptrdiff_t step = strip.step; step < strip.stepEnd; step++) {
      const ptrdiff_t row = scan.rowOf(strip.b, step);
      const bool first = step == strip.step;
      const float* before = first ? h0 + strip.b * H : y + scan.rowOf(strip.b, step - 1) * H;
      const float* leftBefore = left + (first ? row : scan.rowOf(strip.b, step - 1)) * H;
      vectors(strip.unit, strip.unitEnd, [&](ptrdiff_t unit, auto lanes) {
        const Recurrence next = cell.step(row, unit, lanes);
        if (first && step > 0) {
          store(y + row * H + unit, next.input, lanes);
          store(left + row * H + unit, next.keep, lanes);
          return;
        }
        store(y + row * H + unit, next.keep * load(before + unit, lanes) + next.input, lanes);
        if (strip.step > 0) store(left + row * H + unit, next.keep * load(leftBefore + unit, lanes), lanes);
      });
    }
  });
  if (hasThreads && scan.inBlocks) {
    const auto add = [&](ptrdiff_t row, ptrdiff_t from, ptrdiff_t unit, ptrdiff_t unitEnd) {
      vectors(unit, unitEnd, [&](ptrdiff_t at, auto lanes) {
        float* h = y + row * H + at;
        store(h, load(left + row * H + at, lanes) * load(y + from * H + at, lanes) + load(h, lanes), lanes);
      });
    };
    // The last step of each block first: it is what the next block needs.
    for (ptrdiff_t b = 0; b < s.B; b++)
      for (ptrdiff_t block = 1; block < scan.blocksOf(b); block++)
        add(scan.rowOf(b, scan.lastOf(b, block)), scan.rowOf(b, block * blockSteps - 1), 0, H);
    scan.eachStrip(true, run, [&](const Strip& strip) {
      if (strip.step == 0) return;
      const ptrdiff_t from = scan.rowOf(strip.b, strip.step - 1);
      for (ptrdiff_t step = strip.step; step + 1 < strip.stepEnd; step++)
        add(scan.rowOf(strip.b, step), from, strip.unit, strip.unitEnd);
    });
  }
  const Rows all{0, s.B};
  s.copyLast(all, y, hT);
  s.clearBeyond(all, y, H);
  return true;
}

// Back through time. A cell has
//   gates                     how many times H gates a step has
//   keep(row, unit, lanes)    as in the Recurrence of that step
//   step(row, unit, lanes, dh, before)   writes the gradient of the gates from that of h', with h before the step
template <class Cell>
bool scanBackward(const Cell& cell, const Sequences& s, const float* h0, const float* y, const float* dy,
                  const float* dhT, float* dh0, float* dGates, const Runtime& run) {
  const Scan scan(s, run);
  const ptrdiff_t H = s.H;
  const auto before = [&](ptrdiff_t b, ptrdiff_t step) {
    return step == 0 ? h0 + b * H : y + scan.rowOf(b, step - 1) * H;
  };
  if (!hasThreads || !scan.inBlocks) {
    // dh0 holds dh from step to step.
    scan.eachStrip(false, run, [&](const Strip& strip) {
      for (ptrdiff_t step = strip.stepEnd; step-- > strip.step;) {
        const ptrdiff_t row = scan.rowOf(strip.b, step);
        const float* next = (step + 1 == strip.stepEnd ? dhT : dh0) + strip.b * H;
        const float* past = before(strip.b, step);
        vectors(strip.unit, strip.unitEnd, [&](ptrdiff_t unit, auto lanes) {
          const Floats dh = load(next + unit, lanes) + load(dy + row * H + unit, lanes);
          const Floats keep = cell.keep(row, unit, lanes);
          cell.step(row, unit, lanes, dh, load(past + unit, lanes));
          store(dh0 + strip.b * H + unit, keep * dh, lanes);
        });
      }
    });
  } else {
    // dh of each step as though nothing came from later blocks; how much of what comes from them arrives there; and
    // what comes to the last step of each block, [B blocks H].
    const ptrdiff_t blocks = (s.T + blockSteps - 1) / blockSteps;
    float* dh = scratchFloats(run, s.T * s.B * H);
    float* left = scratchFloats(run, s.T * s.B * H);
    float* given = scratchFloats(run, s.B * blocks * H);
    if (!dh || !left || !given) return false;
    scan.eachStrip(true, run, [&](const Strip& strip) {
      for (ptrdiff_t step = strip.stepEnd; step-- > strip.step;) {
        const ptrdiff_t row = scan.rowOf(strip.b, step), later = scan.rowOf(strip.b, step + 1);
        vectors(strip.unit, strip.unitEnd, [&](ptrdiff_t unit, auto lanes) {
          const Floats d = load(dy + row * H + unit, lanes);
          if (step + 1 == strip.stepEnd) {
            store(dh + row * H + unit, d, lanes);
            store(left + row * H + unit, splat(1), lanes);
          } else {
            const Floats keep = cell.keep(later, unit, lanes);
            store(dh + row * H + unit, keep * load(dh + later * H + unit, lanes) + d, lanes);
            store(left + row * H + unit, keep * load(left + later * H + unit, lanes), lanes);
          }
        });
      }
    });
    for (ptrdiff_t b = 0; b < s.B; b++) {
      ptrdiff_t block = scan.blocksOf(b) - 1;
      copy(given + (b * blocks + block) * H, dhT + b * H, H);
      for (; block-- > 0;) {
        const ptrdiff_t later = b * blocks + block + 1, first = scan.rowOf(b, (block + 1) * blockSteps);
        vectors(0, H, [&](ptrdiff_t unit, auto lanes) {
          const Floats d = load(left + first * H + unit, lanes) * load(given + later * H + unit, lanes) +
                           load(dh + first * H + unit, lanes);
          store(given + (later - 1) * H + unit, cell.keep(first, unit, lanes) * d, lanes);
        });
      }
    }
    scan.eachStrip(true, run, [&](const Strip& strip) {
      const float* from = given + (strip.b * blocks + strip.step / blockSteps) * H;
      for (ptrdiff_t step = strip.step; step < strip.stepEnd; step++) {
        const ptrdiff_t row = scan.rowOf(strip.b, step);
        const float* past = before(strip.b, step);
        vectors(strip.unit, strip.unitEnd, [&](ptrdiff_t unit, auto lanes) {
          const Floats d = load(left + row * H + unit, lanes) * load(from + unit, lanes) +
                           load(dh + row * H + unit, lanes);
          if (step == 0) store(dh0 + strip.b * H + unit, cell.keep(row, unit, lanes) * d, lanes);
          cell.step(row, unit, lanes, d, load(past + unit, lanes));
        });
      }
    });
  }
  s.clearBeyond({0, s.B}, dGates, Cell::gates * H);
  return true;
}

// What keeps a candidate positive: x + 1/2 from 0 on, sigmoid(x) below; and its slope.
ALWAYS_INLINE Floats positive(Floats x) { return x >= zeros() ? x + 0.5f : sigmoid(x); }
ALWAYS_INLINE Floats positiveSlope(Floats x) {
  const Floats s = sigmoid(x);
  return x >= zeros() ? splat(1) : s * (1.0f - s);
}

}  // namespace
