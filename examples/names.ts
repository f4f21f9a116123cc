import { languageModel } from "backstitch";
import dinosaurs from "dinosaurs";

const model = await languageModel.train(dinosaurs, { cell: "gru", epochs: 8, seed: 1 });

const { perplexity } = model.evaluate(["brontosaurus", "tyrannosaurus"]);
console.log(`perplexity ${perplexity.toFixed(2)}`);
for (const name of model.generate({ samples: 5, temperature: 0.8, seed: 7 })) console.log(name);
