/** Pictures: values to SVG, HTML and the terminal. */
export { type Curve, type CurveOptions, type Drawn, drawCurves } from "./curves.ts";
export { escapeJson, escapeText } from "./escape.ts";
export { type ChartAxis, type ChartLine, type ChartParts, lineChart } from "./line-chart.ts";
export { type PageParts, page, table } from "./page.ts";
export { type Scale, ticks, tickText } from "./ticks.ts";
