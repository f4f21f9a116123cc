import { expect, test } from "vitest";
import { languageModel, type TextData } from "./index.ts";

test.each([
  [undefined, "train: the data must be a list of lines or a text, got undefined"],
  [
    "hello hello",
    'train: needs several lines with unit lines, got one text without line ends; set unit "text", or give a list of lines',
  ],
])("data %j are refused in one line", async (data, message) => {
  await expect(languageModel.train(data as TextData)).rejects.toThrow(expect.objectContaining({ message }));
});
