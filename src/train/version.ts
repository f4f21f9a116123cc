/** The version of backstitch, which runs and checkpoints name as their maker. */
export const version = "0.1.0";
