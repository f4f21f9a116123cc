/** Looking inside models: what their units do, which of them track something, and what changes without them. */
export {
  type Activations,
  type ActivationsOptions,
  activations,
  round4,
  type Series,
  writeActivations,
} from "./activations.ts";
export { held } from "./clamp.ts";
export type { HeldNetwork } from "./clamp-description.ts";
export {
  type Change,
  type ClampEffect,
  type ClampEffectOptions,
  clampEffect,
  natsAlong,
  type WritingModel,
} from "./clamp-effect.ts";
export type { Squash } from "./gates.ts";
export { type GradientFlowOptions, gradientFlow, type LayerFlow } from "./gradient-flow.ts";
export { type Memory, memoryOf } from "./memory-length.ts";
export { type Probe, type ProbeOptions, probe } from "./probe.ts";
export { type InspectedModel, type Reading, readAlong } from "./reading.ts";
export { type Saturation, saturationOf } from "./saturation.ts";
export { findTracker, type Labels, labelsOf, type Tracker, trackers } from "./trackers.ts";
export {
  type FindOptions,
  type FoundUnit,
  findUnits,
  mostChanging,
  type UnitSearch,
  unitAlong,
  unitName,
} from "./units.ts";
