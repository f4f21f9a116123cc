import { languageModel } from "backstitch";
import dinosaurs from "dinosaurs";

const model = await languageModel.train(dinosaurs, {
  cell: "gru",
  epochs: 8,
  seed: 1,
  on: {
    evaluate: ({ step, evaluation }) => console.log(`step ${step}: validation loss ${evaluation.loss?.toFixed(3)}`),
  },
});
for (const name of model.generate({ samples: 5, temperature: 0.8 })) console.log(name);
