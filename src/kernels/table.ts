/**
 * The kernels: names, sizes, scalars and arrays, declared once.
 *
 * Everything else follows from this table: the TypeScript signature of each kernel, the checks made before a call,
 * the C++ structs, both bindings, the handshake with a compiled build, the conformance suite and the table in the
 * docs. A shape is written "T B 4H": sizes slowest first, row-major. Letters are those of docs/ARCHITECTURE.md.
 */

/** `in` is read, `out` is written whole (it may hold garbage before), `inout` is both. */
export type Role = "in" | "out" | "inout";

/** One array argument of a kernel. */
export interface ArraySpec {
  readonly type: "float" | "int";
  readonly role: Role;
  readonly shape: string;
  /** May be null: an input is then taken as absent, an output is not computed. */
  readonly optional: boolean;
  /** For integers: the least and the greatest value allowed; a text is a size with an offset, such as "V-1". */
  readonly range?: readonly [least: number, most: string];
}

/** One scalar argument: a number, a whole number, a switch (0 or 1 in C++) or one of a few names (its index in C++). */
export type ScalarSpec = "float" | "int" | "flag" | readonly string[];

/** One kernel. */
export interface KernelSpec {
  /** One sentence and the formula; printed into the C++ header and the docs. */
  readonly doc: string;
  readonly sizes: readonly string[];
  readonly scalars: Readonly<Record<string, ScalarSpec>>;
  readonly arrays: Readonly<Record<string, ArraySpec>>;
}

const spec = <const T extends ArraySpec["type"], const R extends Role, const S extends string, const O extends boolean>(
  type: T,
  role: R,
  shape: S,
  optional: O,
) => ({ type, role, shape, optional }) as const;
const read = <const S extends string>(shape: S) => spec("float", "in", shape, false);
const readIf = <const S extends string>(shape: S) => spec("float", "in", shape, true);
const write = <const S extends string>(shape: S) => spec("float", "out", shape, false);
const writeIf = <const S extends string>(shape: S) => spec("float", "out", shape, true);
const change = <const S extends string>(shape: S) => spec("float", "inout", shape, false);
const changeIf = <const S extends string>(shape: S) => spec("float", "inout", shape, true);
const whole = <const S extends string, const M extends string>(shape: S, least: number, most: M) =>
  ({ ...spec("int", "in", shape, false), range: [least, most] }) as const;
const writeWhole = <const S extends string>(shape: S) => spec("int", "out", shape, false);
const lengths = whole("B", 1, "T");

/** What `map` can do to every element, and `mapBackward` can undo. */
export const maps = ["tanh", "sigmoid", "relu", "exp", "log", "sqrt", "square", "neg", "abs"] as const;
/** What `zip` can do with two elements. */
export const zips = ["add", "sub", "mul", "div"] as const;

/** What decoder layers with attention read beside what their cells do; all that begins with out is of feedsOutput. */
const attentiveInputs = {
  output0: readIf("B F"),
  wQuery: readIf("A H"),
  outContext: readIf("F D"),
  outState: readIf("F H"),
  keys: read("S M A"),
  values: read("S M D"),
  v: readIf("A"),
  sources: whole("B", 0, "M-1"),
  memoryLengths: whole("M", 1, "S"),
} as const;

/** Their gradients: of what they wrote, and of what they read. */
const attentiveGradients = {
  dy: read("T B H"),
  dcontext: readIf("T B D"),
  dweights: readIf("T B S"),
  doutput: readIf("T B F"),
  dhT: read("B H"),
  dh0: write("B H"),
  doutput0: writeIf("B F"),
  dwQuery: writeIf("A H"),
  doutContext: writeIf("F D"),
  doutState: writeIf("F H"),
  dkeys: write("S M A"),
  dvalues: write("S M D"),
  dv: writeIf("A"),
} as const;

export const table = {
  // Matrix products ---------------------------------------------------------------------------------------------
  gemmNN: {
    doc: "c = a b, or c += a b with accumulate; sums run over K.",
    sizes: ["M", "N", "K"],
    scalars: { accumulate: "flag" },
    arrays: { a: read("M K"), b: read("K N"), c: change("M N") },
  },
  gemmNT: {
    doc: "c = a bᵀ, or c += a bᵀ with accumulate; sums run over K.",
    sizes: ["M", "N", "K"],
    scalars: { accumulate: "flag" },
    arrays: { a: read("M K"), b: read("N K"), c: change("M N") },
  },
  gemmTN: {
    doc: "c = aᵀ b, or c += aᵀ b with accumulate; sums run over K.",
    sizes: ["M", "N", "K"],
    scalars: { accumulate: "flag" },
    arrays: { a: read("K M"), b: read("K N"), c: change("M N") },
  },
  linearForward: {
    doc: "y[n] = w x[n] + bias, for N rows.",
    sizes: ["N", "I", "O"],
    scalars: {},
    arrays: { x: read("N I"), w: read("O I"), bias: readIf("O"), y: write("N O") },
  },
  group: {
    doc: "Rows of a weight in groups of 16, zeros after the last: y[p, i, j] = w[16 p + j, i]. What is multiplied by again and again is read fastest so.",
    sizes: ["P", "O", "I"],
    scalars: {},
    arrays: { w: read("O I"), y: write("P I 16") },
  },
  linearGrouped: {
    doc: "As linearForward, w by group in P = O / 16 groups, rounded up; or with accumulate added to y.",
    sizes: ["N", "I", "O", "P"],
    scalars: { accumulate: "flag" },
    arrays: { x: read("N I"), w: read("P I 16"), bias: readIf("O"), y: change("N O") },
  },
  linearBackward: {
    doc: "Gradients of linearForward: dx = dy w, dw = dyᵀ x, dbias = sum of dy over rows.",
    sizes: ["N", "I", "O"],
    scalars: {},
    arrays: {
      x: read("N I"),
      w: read("O I"),
      dy: read("N O"),
      dx: writeIf("N I"),
      dw: writeIf("O I"),
      dbias: writeIf("O"),
    },
  },

  // Embedding ---------------------------------------------------------------------------------------------------
  embeddingForward: {
    doc: "y[n] = w[ids[n]].",
    sizes: ["N", "V", "E"],
    scalars: {},
    arrays: { ids: whole("N", 0, "V-1"), w: read("V E"), y: write("N E") },
  },
  embeddingBackward: {
    doc: "dw[v] = sum of dy[n] over the n with ids[n] = v, in the order of n.",
    sizes: ["N", "V", "E"],
    scalars: {},
    arrays: { ids: whole("N", 0, "V-1"), dy: read("N E"), dw: write("V E") },
  },

  // Recurrent layers. One call is one layer in one direction over the whole sequence of the whole batch. ------------
  // The input projection (w_ih x + bias) is made before, by linearForward or by gathering projected embeddings.
  // With reverse a sequence is read from its last real step to its first. Beyond lengths[b], y is 0 and the state
  // is carried over. Gradients at such steps are exactly 0.
  rnnForward: {
    doc: "Elman RNN: h_t = act(z_t + wHh h_(t-1)), act = tanh or relu; y holds h (Elman 1990).",
    sizes: ["T", "B", "H"],
    scalars: { act: ["tanh", "relu"], reverse: "flag" },
    arrays: {
      z: read("T B H"),
      lengths,
      h0: read("B H"),
      wHh: read("H H"),
      y: write("T B H"),
      hT: write("B H"),
    },
  },
  rnnBackward: {
    doc: "Backpropagation through time for rnnForward.",
    sizes: ["T", "B", "H"],
    scalars: { act: ["tanh", "relu"], reverse: "flag" },
    arrays: {
      lengths,
      h0: read("B H"),
      wHh: read("H H"),
      y: read("T B H"),
      dy: read("T B H"),
      dhT: read("B H"),
      dz: write("T B H"),
      dh0: write("B H"),
      dwHh: write("H H"),
    },
  },
  gruForward: {
    doc: "GRU: r,z = sigmoid(gates + wHh h), hn = wHn h + biasHn, n = tanh(gates_n + r hn), h' = (1-z) n + z h (Cho 2014; gates r z n as PyTorch). gates holds the input projection before and the activations after.",
    sizes: ["T", "B", "H"],
    scalars: { reverse: "flag" },
    arrays: {
      gates: change("T B 3H"),
      lengths,
      h0: read("B H"),
      wHh: read("3H H"),
      biasHn: readIf("H"),
      y: write("T B H"),
      hn: write("T B H"),
      hT: write("B H"),
    },
  },
  gruBackward: {
    doc: "Backpropagation through time for gruForward. gates holds the activations before and the gradient of the input projection after.",
    sizes: ["T", "B", "H"],
    scalars: { reverse: "flag" },
    arrays: {
      gates: change("T B 3H"),
      lengths,
      h0: read("B H"),
      wHh: read("3H H"),
      y: read("T B H"),
      hn: read("T B H"),
      dy: read("T B H"),
      dhT: read("B H"),
      dh0: write("B H"),
      dwHh: write("3H H"),
      dbiasHn: writeIf("H"),
    },
  },
  gruSimplifiedForward: {
    doc: "GRU without the relevance gate: z = sigmoid(gates + wHh h), n = tanh(gates_n + wHn h), h' = (1-z) n + z h; gates z n. gates holds the input projection before and the activations after.",
    sizes: ["T", "B", "H"],
    scalars: { reverse: "flag" },
    arrays: {
      gates: change("T B 2H"),
      lengths,
      h0: read("B H"),
      wHh: read("2H H"),
      y: write("T B H"),
      hT: write("B H"),
    },
  },
  gruSimplifiedBackward: {
    doc: "Backpropagation through time for gruSimplifiedForward. gates holds the activations before and the gradient of the input projection after.",
    sizes: ["T", "B", "H"],
    scalars: { reverse: "flag" },
    arrays: {
      gates: change("T B 2H"),
      lengths,
      h0: read("B H"),
      wHh: read("2H H"),
      y: read("T B H"),
      dy: read("T B H"),
      dhT: read("B H"),
      dh0: write("B H"),
      dwHh: write("2H H"),
    },
  },
  lstmForward: {
    doc: "LSTM: i,f,o = sigmoid, g = tanh of (gates + wHh h), c' = f c + i g, h' = o tanh(c') (Hochreiter & Schmidhuber 1997; Gers 2000); with peepholes i,f also see p c and o sees p c' (Gers & Schmidhuber 2000, diagonal; peepholes i f o). gates i f g o holds the input projection before and the activations after.",
    sizes: ["T", "B", "H"],
    scalars: { reverse: "flag" },
    arrays: {
      gates: change("T B 4H"),
      lengths,
      h0: read("B H"),
      c0: read("B H"),
      wHh: read("4H H"),
      peepholes: readIf("3 H"),
      y: write("T B H"),
      c: write("T B H"),
      hT: write("B H"),
      cT: write("B H"),
    },
  },
  lstmBackward: {
    doc: "Backpropagation through time for lstmForward. gates holds the activations before and the gradient of the input projection after.",
    sizes: ["T", "B", "H"],
    scalars: { reverse: "flag" },
    arrays: {
      gates: change("T B 4H"),
      lengths,
      h0: read("B H"),
      c0: read("B H"),
      wHh: read("4H H"),
      peepholes: readIf("3 H"),
      y: read("T B H"),
      c: read("T B H"),
      dy: read("T B H"),
      dhT: read("B H"),
      dcT: read("B H"),
      dh0: write("B H"),
      dc0: write("B H"),
      dwHh: write("4H H"),
      dpeepholes: writeIf("3 H"),
    },
  },

  minGruForward: {
    doc: "Minimal GRU: z = sigmoid, n = x + 1/2 for x >= 0 and sigmoid(x) below, of gates z n; h' = (1-z) h + z n, unit by unit (Feng 2024). gates holds the input projection.",
    sizes: ["T", "B", "H"],
    scalars: { reverse: "flag" },
    arrays: { gates: read("T B 2H"), lengths, h0: read("B H"), y: write("T B H"), hT: write("B H") },
  },
  minGruBackward: {
    doc: "Backpropagation through time for minGruForward. gates holds the input projection before and its gradient after.",
    sizes: ["T", "B", "H"],
    scalars: { reverse: "flag" },
    arrays: {
      gates: change("T B 2H"),
      lengths,
      h0: read("B H"),
      y: read("T B H"),
      dy: read("T B H"),
      dhT: read("B H"),
      dh0: write("B H"),
    },
  },
  minLstmForward: {
    doc: "Minimal LSTM: f,i = sigmoid, n as in minGruForward, of gates f i n; h' = (f h + i n) / (f + i), unit by unit (Feng 2024). gates holds the input projection.",
    sizes: ["T", "B", "H"],
    scalars: { reverse: "flag" },
    arrays: { gates: read("T B 3H"), lengths, h0: read("B H"), y: write("T B H"), hT: write("B H") },
  },
  minLstmBackward: {
    doc: "Backpropagation through time for minLstmForward. gates holds the input projection before and its gradient after.",
    sizes: ["T", "B", "H"],
    scalars: { reverse: "flag" },
    arrays: {
      gates: change("T B 3H"),
      lengths,
      h0: read("B H"),
      y: read("T B H"),
      dy: read("T B H"),
      dhT: read("B H"),
      dh0: write("B H"),
    },
  },

  // Attention. Row b of the queries reads memory sources[b], so that the rows of a beam share one. ------------------
  attendForward: {
    doc: "weights = softmax over the real steps s of a memory of scale query . key[s], or with v of v . tanh(query + key[s]), where numbers beyond 43 count as 43; context = sum of weights[s] values[s] (Bahdanau 2015; Luong 2015).",
    sizes: ["T", "B", "S", "M", "A", "D"],
    scalars: { scale: "float" },
    arrays: {
      query: read("T B A"),
      keys: read("S M A"),
      values: read("S M D"),
      v: readIf("A"),
      sources: whole("B", 0, "M-1"),
      lengths: whole("M", 1, "S"),
      weights: write("T B S"),
      context: write("T B D"),
    },
  },
  attendBackward: {
    doc: "Gradients of attendForward; those of keys, values and v are sums over all rows.",
    sizes: ["T", "B", "S", "M", "A", "D"],
    scalars: { scale: "float" },
    arrays: {
      query: read("T B A"),
      keys: read("S M A"),
      values: read("S M D"),
      v: readIf("A"),
      sources: whole("B", 0, "M-1"),
      lengths: whole("M", 1, "S"),
      weights: read("T B S"),
      dcontext: read("T B D"),
      dweights: readIf("T B S"),
      dquery: write("T B A"),
      dkeys: write("S M A"),
      dvalues: write("S M D"),
      dv: writeIf("A"),
    },
  },

  // One step of rows that extend states, as a search has them: several rows may extend one state, whose product with wHh is
  // made before, once. Inputs are rows of a table that was projected before.
  lstmStep: {
    doc: "One LSTM step: i f g o = z[ids[b]] + p[slots[b]], p = wHh h0; c = f c0[slots[b]] + i g, h = o tanh(c).",
    sizes: ["B", "V", "U", "H"],
    scalars: {},
    arrays: {
      ids: whole("B", 0, "V-1"),
      z: read("V 4H"),
      slots: whole("B", 0, "U-1"),
      p: read("U 4H"),
      c0: read("U H"),
      h: write("B H"),
      c: write("B H"),
    },
  },
  gruStep: {
    doc: "One GRU step: r,z = sigmoid(z[ids[b]] + fed[slots[b]] + p[slots[b]]), p = wHh h0, n = tanh(z_n + fed_n + r (p_n + biasHn)), h = (1-z) n + z h0[slots[b]].",
    sizes: ["B", "V", "U", "H"],
    scalars: {},
    arrays: {
      ids: whole("B", 0, "V-1"),
      z: read("V 3H"),
      slots: whole("B", 0, "U-1"),
      p: read("U 3H"),
      fed: readIf("U 3H"),
      biasHn: readIf("H"),
      h0: read("U H"),
      h: write("B H"),
    },
  },

  // Decoder layers with attention inside the step. One call is a whole target sequence of the whole batch, as teacher
  // forcing has it. Row b reads memory sources[b]; the query is wQuery h, or h itself without wQuery (then A is H). What
  // the step is fed comes on top of the input projection: the context asked for by the state before (then F is D), or with
  // feedsOutput the output of the step before, which outContext and outState make.
  attentiveLstmForward: {
    doc: "LSTM with attention (attendForward) inside its step: gates + wFeed fed + wHh h. fed = context of h_(t-1) (Bahdanau 2015, A.2.2), or with feedsOutput fed = output_(t-1), output_t = tanh(outContext context_t + outState h_t), context_t of h_t (Luong 2015, 3.3). gates i f g o holds the input projection before and the activations after.",
    sizes: ["T", "B", "S", "M", "A", "D", "F", "H"],
    scalars: { feedsOutput: "flag", scale: "float" },
    arrays: {
      gates: change("T B 4H"),
      lengths,
      h0: read("B H"),
      c0: read("B H"),
      ...attentiveInputs,
      wHh: read("4H H"),
      wFeed: read("4H F"),
      y: write("T B H"),
      c: write("T B H"),
      query: writeIf("T B A"),
      weights: write("T B S"),
      context: write("T B D"),
      output: writeIf("T B F"),
      hT: write("B H"),
      cT: write("B H"),
    },
  },
  attentiveLstmBackward: {
    doc: "Backpropagation through time for attentiveLstmForward. gates holds the activations before and the gradient of the input projection after.",
    sizes: ["T", "B", "S", "M", "A", "D", "F", "H"],
    scalars: { feedsOutput: "flag", scale: "float" },
    arrays: {
      gates: change("T B 4H"),
      lengths,
      h0: read("B H"),
      c0: read("B H"),
      ...attentiveInputs,
      wHh: read("4H H"),
      wFeed: read("4H F"),
      y: read("T B H"),
      c: read("T B H"),
      query: readIf("T B A"),
      weights: read("T B S"),
      context: read("T B D"),
      output: readIf("T B F"),
      ...attentiveGradients,
      dcT: read("B H"),
      dc0: write("B H"),
      dwHh: write("4H H"),
      dwFeed: write("4H F"),
    },
  },
  attentiveGruForward: {
    doc: "GRU (gruForward) with attention inside its step, as attentiveLstmForward. gates r z n holds the input projection before and the activations after.",
    sizes: ["T", "B", "S", "M", "A", "D", "F", "H"],
    scalars: { feedsOutput: "flag", scale: "float" },
    arrays: {
      gates: change("T B 3H"),
      lengths,
      h0: read("B H"),
      ...attentiveInputs,
      wHh: read("3H H"),
      wFeed: read("3H F"),
      biasHn: readIf("H"),
      y: write("T B H"),
      hn: write("T B H"),
      query: writeIf("T B A"),
      weights: write("T B S"),
      context: write("T B D"),
      output: writeIf("T B F"),
      hT: write("B H"),
    },
  },
  attentiveGruBackward: {
    doc: "Backpropagation through time for attentiveGruForward. gates holds the activations before and the gradient of the input projection after.",
    sizes: ["T", "B", "S", "M", "A", "D", "F", "H"],
    scalars: { feedsOutput: "flag", scale: "float" },
    arrays: {
      gates: change("T B 3H"),
      lengths,
      h0: read("B H"),
      ...attentiveInputs,
      wHh: read("3H H"),
      wFeed: read("3H F"),
      y: read("T B H"),
      hn: read("T B H"),
      query: readIf("T B A"),
      weights: read("T B S"),
      context: read("T B D"),
      output: readIf("T B F"),
      ...attentiveGradients,
      dwHh: write("3H H"),
      dwFeed: write("3H F"),
      dbiasHn: writeIf("H"),
    },
  },

  // Losses. A target of -1 is left out: its loss and its gradient are 0. ------------------------------------------
  crossEntropyForward: {
    doc: "loss[n] = (1-s) (lse - logits[target]) + s (lse - mean of logits), lse = log sum exp of row n, s = smoothing (Szegedy 2016).",
    sizes: ["N", "V"],
    scalars: { smoothing: "float" },
    arrays: {
      logits: read("N V"),
      targets: whole("N", -1, "V-1"),
      loss: write("N"),
      lse: write("N"),
    },
  },
  crossEntropyBackward: {
    doc: "dlogits = dloss[n] (exp(logits - lse) - (1-s) [v = target] - s/V).",
    sizes: ["N", "V"],
    scalars: { smoothing: "float" },
    arrays: {
      logits: read("N V"),
      targets: whole("N", -1, "V-1"),
      lse: read("N"),
      dloss: read("N"),
      dlogits: write("N V"),
    },
  },
  linearCrossEntropy: {
    doc: "Cross-entropy of logits = w x + bias without keeping the logits: loss per row, and the gradients of scale * sum of loss where asked for.",
    sizes: ["N", "I", "V"],
    scalars: { smoothing: "float", scale: "float" },
    arrays: {
      x: read("N I"),
      w: read("V I"),
      bias: readIf("V"),
      targets: whole("N", -1, "V-1"),
      loss: write("N"),
      dx: writeIf("N I"),
      dw: writeIf("V I"),
      dbias: writeIf("V"),
    },
  },
  linearBest: {
    doc: "The K greatest of the logits w x[n] + bias of each row, w by group, the greatest first and of equal ones the first, without keeping the others; those in barred are left out. Where too few are left ids is -1 and best 0. totals = log of the sum of exp of all logits.",
    sizes: ["N", "I", "V", "P", "K", "U"],
    scalars: {},
    arrays: {
      x: read("N I"),
      w: read("P I 16"),
      bias: readIf("V"),
      barred: whole("U", 0, "V-1"),
      ids: writeWhole("N K"),
      best: write("N K"),
      totals: write("N"),
    },
  },
  sigmoidCrossEntropyForward: {
    doc: "loss[n] = log(1 + exp(x)) - target x, x = logits[n]; targets from 0 to 1.",
    sizes: ["N"],
    scalars: {},
    arrays: { logits: read("N"), targets: read("N"), loss: write("N") },
  },
  sigmoidCrossEntropyBackward: {
    doc: "dlogits[n] = dloss[n] (sigmoid(logits[n]) - targets[n]).",
    sizes: ["N"],
    scalars: {},
    arrays: { logits: read("N"), targets: read("N"), dloss: read("N"), dlogits: write("N") },
  },
  softmaxForward: {
    doc: "y[n] = softmax of row n.",
    sizes: ["N", "V"],
    scalars: {},
    arrays: { x: read("N V"), y: write("N V") },
  },
  softmaxBackward: {
    doc: "dx = y (dy - sum over the row of y dy).",
    sizes: ["N", "V"],
    scalars: {},
    arrays: { y: read("N V"), dy: read("N V"), dx: write("N V") },
  },

  // Regularisation and normalisation ------------------------------------------------------------------------------
  dropout: {
    doc: "y[n] = x[n] / (1 - rate), or 0 with probability rate, decided by a hash of (seed, n); its own gradient with the same seed.",
    sizes: ["N"],
    scalars: { rate: "float", seed: "int" },
    arrays: { x: read("N"), y: write("N") },
  },
  layerNormForward: {
    doc: "y = gain (x - mean) rstd + bias, rstd = 1/sqrt(variance + epsilon), over each row (Ba 2016).",
    sizes: ["N", "H"],
    scalars: { epsilon: "float" },
    arrays: {
      x: read("N H"),
      gain: read("H"),
      bias: read("H"),
      y: write("N H"),
      mean: write("N"),
      rstd: write("N"),
    },
  },
  layerNormBackward: {
    doc: "Gradients of layerNormForward.",
    sizes: ["N", "H"],
    scalars: {},
    arrays: {
      x: read("N H"),
      gain: read("H"),
      mean: read("N"),
      rstd: read("N"),
      dy: read("N H"),
      dx: write("N H"),
      dgain: write("H"),
      dbias: write("H"),
    },
  },

  // Elementwise, reductions, layout. Any shape is read as [A M C], the middle axis being the one meant. ---------------
  map: {
    doc: "y = op(x) for every element.",
    sizes: ["N"],
    scalars: { op: maps },
    arrays: { x: read("N"), y: write("N") },
  },
  mapBackward: {
    doc: "dx = dy op'(x), with y = op(x) given.",
    sizes: ["N"],
    scalars: { op: maps },
    arrays: { x: read("N"), y: read("N"), dy: read("N"), dx: write("N") },
  },
  zip: {
    doc: "y = a op b for every element.",
    sizes: ["N"],
    scalars: { op: zips },
    arrays: { a: read("N"), b: read("N"), y: write("N") },
  },
  scale: {
    doc: "y = by x + plus; y may be x.",
    sizes: ["N"],
    scalars: { by: "float", plus: "float" },
    arrays: { x: read("N"), y: write("N") },
  },
  accumulate: {
    doc: "y += by x.",
    sizes: ["N"],
    scalars: { by: "float" },
    arrays: { x: read("N"), y: change("N") },
  },
  clamp: {
    doc: "x = min(max(x, -limit), limit).",
    sizes: ["N"],
    scalars: { limit: "float" },
    arrays: { x: change("N") },
  },
  expand: {
    doc: "y[a, m, c] = x[a, c]: x repeated M times; the gradient of sum.",
    sizes: ["A", "M", "C"],
    scalars: {},
    arrays: { x: read("A C"), y: write("A M C") },
  },
  sum: {
    doc: "y[a, c] = sum of x[a, m, c] over m, in a fixed order.",
    sizes: ["A", "M", "C"],
    scalars: {},
    arrays: { x: read("A M C"), y: write("A C") },
  },
  max: {
    doc: "y[a, c] = greatest x[a, m, c] over m, index its first m; M is at least 1.",
    sizes: ["A", "M", "C"],
    scalars: {},
    arrays: { x: read("A M C"), y: write("A C"), index: writeWhole("A C") },
  },
  transpose: {
    doc: "y[a, n, m, c] = x[a, m, n, c].",
    sizes: ["A", "M", "N", "C"],
    scalars: {},
    arrays: { x: read("A M N C"), y: write("A N M C") },
  },
  take: {
    doc: "y[r] = x[r, at : at + C]: some columns of every row; at + C is at most X.",
    sizes: ["R", "X", "C"],
    scalars: { at: "int" },
    arrays: { x: read("R X"), y: write("R C") },
  },
  place: {
    doc: "y[r, at : at + C] = x[r], other columns unchanged; at + C is at most X.",
    sizes: ["R", "X", "C"],
    scalars: { at: "int" },
    arrays: { x: read("R C"), y: change("R X") },
  },
  sumSquares: {
    doc: "y[0] = sum of the squares of x, in blocks of 4096 added in order.",
    sizes: ["N"],
    scalars: {},
    arrays: { x: read("N"), y: write("1") },
  },

  // Optimizer updates, in place on w. All read the gradient as g + weightDecay w, but for decoupled decay. -------------
  sgdUpdate: {
    doc: "v = momentum v + g; w -= rate (nesterov ? g + momentum v : v); without velocity w -= rate g (Sutskever 2013, as PyTorch).",
    sizes: ["N"],
    scalars: { rate: "float", momentum: "float", nesterov: "flag", weightDecay: "float" },
    arrays: { g: read("N"), w: change("N"), velocity: changeIf("N") },
  },
  adagradUpdate: {
    doc: "s += g²; w -= rate g / (sqrt(s) + epsilon) (Duchi 2011).",
    sizes: ["N"],
    scalars: { rate: "float", epsilon: "float", weightDecay: "float" },
    arrays: { g: read("N"), w: change("N"), squares: change("N") },
  },
  rmspropUpdate: {
    doc: "s = decay s + (1-decay) g²; v = momentum v + g / (sqrt(s) + epsilon); w -= rate v (Tieleman & Hinton 2012, as PyTorch).",
    sizes: ["N"],
    scalars: {
      rate: "float",
      decay: "float",
      momentum: "float",
      epsilon: "float",
      weightDecay: "float",
    },
    arrays: { g: read("N"), w: change("N"), squares: change("N"), velocity: changeIf("N") },
  },
  adamUpdate: {
    doc: "m = beta1 m + (1-beta1) g; v = beta2 v + (1-beta2) g²; w -= rate (m / correction1) / (sqrt(v / correction2) + epsilon) (Kingma & Ba 2015); decoupled: w -= rate weightDecay w first, g without decay (Loshchilov & Hutter 2019).",
    sizes: ["N"],
    scalars: {
      rate: "float",
      beta1: "float",
      beta2: "float",
      epsilon: "float",
      weightDecay: "float",
      decoupled: "flag",
      correction1: "float",
      correction2: "float",
    },
    arrays: { g: read("N"), w: change("N"), m: change("N"), v: change("N") },
  },
} as const satisfies Record<string, KernelSpec>;

/** The name of a kernel. */
export type KernelName = keyof typeof table;
/** Numbers of the engine's precision: compiled builds take Float32Array, the reference both. */
export type FloatArray = Float32Array | Float64Array;

type Scalar<S> = S extends "flag" ? boolean : S extends readonly string[] ? S[number] : number;
type Elements<A> = A extends { readonly type: "int" } ? Int32Array : FloatArray;
type Maybe<A> = A extends { readonly optional: true } ? Elements<A> | null : Elements<A>;
type Entry<N extends KernelName> = (typeof table)[N];

/** The one argument of a kernel: its sizes, scalars and arrays by name. */
export type Args<N extends KernelName> = { readonly [S in Entry<N>["sizes"][number]]: number } & {
  readonly [S in keyof Entry<N>["scalars"]]: Scalar<Entry<N>["scalars"][S]>;
} & { readonly [A in keyof Entry<N>["arrays"]]: Maybe<Entry<N>["arrays"][A]> };

/** Every kernel of the table, as one build runs them. */
export type Kernels = { readonly [N in KernelName]: (args: Args<N>) => void };

/** The names of all kernels, in the order of the table. */
export const kernelNames = Object.keys(table) as readonly KernelName[];

/** The table entry of a kernel, in its general type. */
export function kernelSpec(name: KernelName): KernelSpec {
  return table[name];
}

/** The whole table as one line; compiled into each build, so that a stale one is recognised on loading. */
export function tableText(): string {
  const array = ([name, a]: [string, ArraySpec]) =>
    `${name}:${a.role}${a.optional ? "?" : ""} ${a.type}[${a.shape}]${a.range ? ` ${a.range.join("..")}` : ""}`;
  const scalar = ([name, s]: [string, ScalarSpec]) => `${name}:${typeof s === "string" ? s : s.join("|")}`;
  return kernelNames
    .map((name) => {
      const { sizes, scalars, arrays } = kernelSpec(name);
      return `${name}(${[...sizes, ...Object.entries(scalars).map(scalar), ...Object.entries(arrays).map(array)].join(", ")})`;
    })
    .join("; ");
}
