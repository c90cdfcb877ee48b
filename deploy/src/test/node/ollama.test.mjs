// Ollama's client against the server of PAGODA_URL.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Ollama} from 'ollama';

const model = 'qwen2.5-7b-instruct';
const clientOf = key => new Ollama({host: process.env.PAGODA_URL, headers: {Authorization: `Bearer ${key}`}});
const client = clientOf(process.env.PAGODA_API_KEY);
const ask = content => [{role: 'user', content}];
const thrown = promise => promise.then(() => assert.fail('it was not refused'), error => error);

test('a chat is answered, streamed or not', async () => {
    const options = {temperature: 0, seed: 7, num_predict: 60};
    const whole = await client.chat({model, messages: ask('What is a pagoda?'), options});
    assert.equal(whole.message.role, 'assistant');
    assert.equal(whole.done, true);
    assert.ok(whole.total_duration >= whole.eval_duration);
    let text = '';
    let last;
    for await (const part of await client.chat({model: `${model}:latest`, messages: ask('What is a pagoda?'), options, stream: true})) {
        text += part.message.content;
        last = part;
    }
    assert.equal(text, whole.message.content);
    assert.equal(last.eval_count, whole.eval_count);
    assert.equal(last.done_reason, whole.done_reason);
});

test('a prompt is completed', async () => {
    const whole = await client.generate({model, prompt: 'What is a pagoda?', options: {num_predict: 3}});
    assert.equal(whole.done_reason, 'length');
    assert.equal(whole.eval_count, 3);
    let text = '';
    for await (const part of await client.generate({model, prompt: 'What is a pagoda?', options: {num_predict: 30}, stream: true})) {
        text += part.response;
    }
    assert.ok(text.length > 0);
});

test('tools are called with their arguments', async () => {
    const tools = [{type: 'function', function: {
        name: 'get_weather',
        description: 'Tells the weather of a city.',
        parameters: {type: 'object', required: ['city'], properties: {city: {type: 'string'}}},
    }}];
    const asked = {model, tools, messages: ask('Use get_weather: what is the weather in Oslo?')};
    const answer = await client.chat(asked);
    const call = answer.message.tool_calls?.[0];
    assert.ok(call, JSON.stringify(answer));
    assert.equal(call.function.name, 'get_weather');
    assert.equal(typeof call.function.arguments.city, 'string');
    const after = await client.chat({...asked, tools: [], messages: [
        ...asked.messages,
        answer.message,
        {role: 'tool', tool_name: 'get_weather', content: 'It snows in Oslo.'},
    ]});
    assert.ok(after.message.content.length > 0);
});

test('an answer keeps its form', async () => {
    const format = {
        type: 'object',
        properties: {name: {type: 'string'}, floors: {type: 'integer'}},
        required: ['name', 'floors'],
    };
    const value = JSON.parse((await client.chat({model, messages: ask('Describe a pagoda.'), format})).message.content);
    assert.equal(typeof value.name, 'string');
    assert.ok(Number.isInteger(value.floors));
    const any = await client.generate({model, prompt: 'Describe a pagoda as JSON.', format: 'json'});
    assert.equal(typeof JSON.parse(any.response), 'object');
});

test('it thinks before it answers', async () => {
    const answer = await client.chat({model, messages: ask('What is a pagoda?'), think: true});
    assert.ok(answer.message.thinking.length > 0);
    assert.ok(answer.message.content.length > 0);
});

test('texts are embedded', async () => {
    const {embeddings, prompt_eval_count: tokens} = await client.embed({
        model: 'all-minilm-l6-v2',
        input: ['The cat sleeps on the sofa.', 'A kitten naps on the couch.', 'Interest rates rose.'],
    });
    const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    assert.equal(embeddings[0].length, 384);
    assert.ok(tokens > 10);
    assert.ok(dot(embeddings[0], embeddings[1]) > dot(embeddings[0], embeddings[2]) + 0.3);
    const {embedding} = await client.embeddings({model: 'all-minilm-l6-v2', prompt: 'The cat sleeps on the sofa.'});
    assert.ok(dot(embedding, embeddings[0]) > 0.999);
});

test('models are listed, shown and told when loaded', async () => {
    const {models} = await client.list();
    assert.ok(models.some(each => each.name === `${model}:latest`));
    const shown = await client.show({model});
    assert.equal(shown.details.family, 'qwen2');
    assert.equal(shown.model_info['qwen2.block_count'], 28);
    assert.ok((await client.ps()).models.some(each => each.model === `${model}:latest` && each.size_vram > 0));
    assert.match((await client.version()).version, /^\d+\.\d+/);
});

test('a model of ones own is made, copied, asked and deleted', async () => {
    assert.equal((await client.create({model: 'bard', from: model, system: 'Speak in verse.'})).status, 'success');
    assert.deepEqual(await client.copy({source: 'bard', destination: 'bard2'}), {status: 'success'});
    assert.equal((await client.show({model: 'bard2'})).system, 'Speak in verse.');
    assert.ok((await client.chat({model: 'bard2', messages: ask('Hello?')})).message.content.length > 0);
    const steps = [];
    for await (const step of await client.pull({model: 'bard2', stream: true})) {
        steps.push(step.status);
    }
    assert.equal(steps.at(-1), 'success');
    await client.delete({model: 'bard'});
    await client.delete({model: 'bard2'});
    assert.equal((await thrown(client.show({model: 'bard'}))).status_code, 404);
});

test('errors are raised with their status', async () => {
    const unknown = await thrown(client.chat({model: 'none', messages: ask('x')}));
    assert.equal(unknown.status_code, 404);
    assert.equal(unknown.error, "model 'none' not found");
    assert.equal((await thrown(client.chat({model, messages: 'x'}))).status_code, 400);
    assert.equal((await thrown(clientOf('pgd-none').list())).status_code ?? 401, 401);
});

test('an aborted stream ends', async () => {
    const stream = await client.chat({model, messages: ask('Tell me all of pagodas.'), options: {num_predict: 20_000}, stream: true});
    const error = await thrown((async () => {
        for await (const part of stream) {
            if (part.message.content) {
                stream.abort();
            }
        }
    })());
    assert.equal(error.name, 'AbortError');
});
