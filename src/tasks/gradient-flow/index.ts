/** Gradient flow made visible: measured on models of text, and drawn. */
export {
  type CompareHooks,
  type CompareOptions,
  compareFlow,
  compareOptions,
  type FlowReport,
  type ModelFlow,
  modelFlow,
  type PlaceOptions,
  placeOptions,
} from "./measure.ts";
export { flowChart, flowCurves, flowLines, flowPage, flowTable, saturationTable } from "./report.ts";
