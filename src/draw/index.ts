/** Pictures: values to SVG, HTML and the terminal. */
export { type Attention, labelOf } from "./attention.ts";
export { type AttentionMap, type AttentionPage, attentionPage } from "./attention-page.ts";
export { type AttentionPictureParts, attentionPicture } from "./attention-picture.ts";
export { type AttentionTextOptions, attentionLegend, drawAttention } from "./attention-text.ts";
export { type BeamTree, type BeamTreeNode, type Fate, spellBeamTree, type TracedNode } from "./beam-tree.ts";
export { type BeamTreePage, beamTreePage, type NamedBeamTree } from "./beam-tree-page.ts";
export { type BeamTreeTextOptions, drawBeamTree } from "./beam-tree-text.ts";
export { blameScript } from "./blame-script.ts";
export { type Curve, type CurveOptions, type Drawn, drawCurves } from "./curves.ts";
export { escapeJson, escapeText } from "./escape.ts";
export { type HeatMap, type HeatMapSeries, type HeatMapTrack, heatMap } from "./heat-map.ts";
export { type ChartAxis, type ChartLine, type ChartParts, lineChart } from "./line-chart.ts";
export { type PageParts, page, table } from "./page.ts";
export {
  markSurprise,
  paintSurprise,
  type Surprise,
  type SurprisingText,
  surpriseLegend,
  surprisePage,
} from "./surprise.ts";
export { type Scale, ticks, tickText } from "./ticks.ts";
export { markUnit, paintUnit, type UnitText } from "./unit-text.ts";
export { textWidth, visible } from "./visible.ts";
