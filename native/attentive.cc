// Decoder layers with attention inside their step: an LSTM and a GRU.
#include "attentive.h"

bool attentiveLstmForward(const AttentiveLstmForward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, false, k.lengths};
  const LstmForward own{k.T, k.B, k.H, 0, k.gates, k.lengths, k.h0, k.c0, k.wHh, nullptr, k.y, k.c, k.hT, k.cT};
  const LstmForwardCell<false> cell{own, s};
  return AttentiveForwardSteps<LstmForwardCell<false>, AttentiveLstmForward>{cell, k, s, {cell, k}}.run(run);
}

bool attentiveLstmBackward(const AttentiveLstmBackward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, false, k.lengths};
  const LstmBackward own{k.T, k.B,  k.H,   0,     k.gates, k.lengths, k.h0,  k.c0,   k.wHh,  nullptr,
                         k.y, k.c, k.dy, k.dhT, k.dcT,   k.dh0,     k.dc0, k.dwHh, nullptr};
  const LstmBackwardCell<false> cell{own, s};
  return AttentiveBackwardSteps<LstmBackwardCell<false>, AttentiveLstmBackward>{cell, k, s, {cell, k}}.run(run);
}

bool attentiveGruForward(const AttentiveGruForward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, false, k.lengths};
  const GruForward own{k.T, k.B, k.H, 0, k.gates, k.lengths, k.h0, k.wHh, k.biasHn, k.y, k.hn, k.hT};
  const GruForwardCell cell{own, s};
  return AttentiveForwardSteps<GruForwardCell, AttentiveGruForward>{cell, k, s, {cell, k}}.run(run);
}

bool attentiveGruBackward(const AttentiveGruBackward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, false, k.lengths};
  float* dhn = scratchFloats(run, s.T * s.B * s.H);
  if (!dhn) return false;
  const GruBackward own{k.T, k.B,  k.H,  0,     k.gates, k.lengths, k.h0,   k.wHh,
                        k.y, k.hn, k.dy, k.dhT, k.dh0,   k.dwHh,    k.dbiasHn};
  const GruBackwardCell cell{own, s, dhn};
  if (!AttentiveBackwardSteps<GruBackwardCell, AttentiveGruBackward>{cell, k, s, {cell, k}}.run(run)) return false;
  if (k.dbiasHn) sumRows(dhn, s.T * s.B, s.H, s.H, k.dbiasHn, run);
  return true;
}
