// What llama.cpp continues prompts with, greedily: the reference of the engine's StoriesGreedyTest.
//
//   npm install --omit=optional --ignore-scripts
//   node greedy.mjs MODEL.gguf PROMPTS.json > stories260K-llama-cpp.json
//
// PROMPTS.json: [{"prompt": text, "prompt_tokens": [ids]}]. Each gets 120 tokens in a context of its own.
import {readFileSync} from "node:fs";
import {getLlama} from "node-llama-cpp";

const [modelPath, promptsPath] = process.argv.slice(2);
if (promptsPath === undefined) {
    console.error("usage: node greedy.mjs MODEL.gguf PROMPTS.json");
    process.exit(2);
}
const llama = await getLlama({gpu: false, build: "never", logLevel: "error"});
const model = await llama.loadModel({modelPath});
const answers = [];
for (const {prompt, prompt_tokens} of JSON.parse(readFileSync(promptsPath, "utf8"))) {
    const context = await model.createContext({contextSize: 160, flashAttention: false, threads: 1});
    const tokens = [];
    for await (const token of context.getSequence().evaluate(prompt_tokens, {temperature: 0})) {
        tokens.push(token);
        if (tokens.length === 120) {
            break;
        }
    }
    answers.push({prompt, prompt_tokens, tokens});
    await context.dispose();
}
const lines = answers.map(({prompt, prompt_tokens, tokens}) =>
    `{"prompt": ${JSON.stringify(prompt)},\n "prompt_tokens": [${prompt_tokens.join(", ")}],\n` +
    ` "tokens": [${tokens.join(", ")}]}`);
process.stdout.write(`[\n${lines.join(",\n")}\n]\n`);
process.exit(0);
