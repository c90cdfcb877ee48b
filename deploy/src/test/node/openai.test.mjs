// OpenAI's client: files, vector stores and file search, against the server of PAGODA_URL.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import OpenAI, {toFile} from 'openai';

const client = new OpenAI({
    baseURL: `${process.env.PAGODA_URL}/v1`,
    apiKey: process.env.PAGODA_API_KEY,
    maxRetries: 0,
});

const upload = (name, text) =>
    toFile(Buffer.from(text), name).then(file => client.files.create({file, purpose: 'assistants'}));

const refused = async (promise, status, message) => {
    const error = await promise.then(() => assert.fail('it was not refused'), thrown => thrown);
    assert.equal(error.status, status, String(error));
    assert.match(error.message, message);
};

const opening = 'The shop opens at nine in the morning.\n\nOn Sundays it stays closed.';
const returns = 'A parcel can be sent back within thirty days.\n\nThe buyer pays the postage of a return.';

test('files are sent, told, read and removed', async () => {
    const file = await upload('hours.txt', opening);
    assert.equal(file.object, 'file');
    assert.equal(file.bytes, opening.length);
    assert.equal(file.filename, 'hours.txt');
    assert.equal(file.purpose, 'assistants');
    assert.deepEqual(await client.files.retrieve(file.id), file);
    const listed = await client.files.list({purpose: 'assistants', limit: 1});
    assert.equal(listed.data[0].id, file.id);
    assert.equal(await (await client.files.content(file.id)).text(), opening);
    assert.deepEqual(await client.files.delete(file.id), {id: file.id, object: 'file', deleted: true});
    await refused(client.files.retrieve(file.id), 404, /No such File object/);
    await refused(client.files.create({file: await toFile(Buffer.from('x'), 'x'), purpose: 'nothing'}), 400, /purpose/);
});

test('a file says when it will be gone', async () => {
    const file = await toFile(Buffer.from(opening), 'hours.txt');
    const kept = await client.files.create({file, purpose: 'user_data', expires_after: {anchor: 'created_at', seconds: 3600}});
    assert.equal(kept.expires_at, kept.created_at + 3600);
    assert.equal((await client.files.retrieve(kept.id)).expires_at, kept.expires_at);
    await client.files.delete(kept.id);
    for (const [anchor, seconds, field] of [['created_at', 3599, 'seconds'], ['created_at', 2592001, 'seconds'], ['now', 3600, 'anchor']]) {
        const error = await client.files.create({file, purpose: 'user_data', expires_after: {anchor, seconds}})
            .then(() => assert.fail('it was not refused'), thrown => thrown);
        assert.equal(error.status, 400, String(error));
        assert.equal(error.param, `expires_after.${field}`);
    }
});

test('a vector store lives from its creation to its end', async () => {
    const made = await client.vectorStores.create({
        name: 'Help',
        metadata: {team: 'service'},
        expires_after: {anchor: 'last_active_at', days: 7},
    });
    assert.match(made.id, /^vs_/);
    assert.equal(made.object, 'vector_store');
    assert.equal(made.status, 'completed');
    assert.equal(made.file_counts.total, 0);
    assert.equal(made.expires_at, made.last_active_at + 7 * 86_400);
    const changed = await client.vectorStores.update(made.id, {name: 'Help desk', expires_after: null});
    assert.equal(changed.name, 'Help desk');
    assert.equal(changed.expires_at, null);
    assert.deepEqual(changed.metadata, {team: 'service'});
    assert.equal((await client.vectorStores.retrieve(made.id)).name, 'Help desk');
    const other = await client.vectorStores.create({});
    const ids = [];
    for await (const store of client.vectorStores.list({limit: 1})) {
        ids.push(store.id);
    }
    assert.deepEqual(ids.slice(0, 2), [other.id, made.id]);
    for (const id of [made.id, other.id]) {
        assert.deepEqual(await client.vectorStores.delete(id), {id, object: 'vector_store.deleted', deleted: true});
    }
    await refused(client.vectorStores.retrieve(made.id), 404, /No vector store found/);
});

test('files are found by what they say and by their attributes', async () => {
    const store = await client.vectorStores.create({name: 'Shop'});
    const hours = await upload('hours.txt', opening);
    const parcels = await upload('returns.md', `# Returns\n\n${returns}`);
    const first = await client.vectorStores.files.createAndPoll(store.id, {
        file_id: hours.id,
        attributes: {topic: 'hours', year: 2026},
    }, {pollIntervalMs: 100});
    assert.equal(first.status, 'completed', JSON.stringify(first));
    assert.deepEqual(first.attributes, {topic: 'hours', year: 2026});
    const batch = await client.vectorStores.fileBatches.createAndPoll(store.id, {file_ids: [parcels.id]}, {pollIntervalMs: 100});
    assert.equal(batch.status, 'completed');
    assert.deepEqual(batch.file_counts, {in_progress: 0, completed: 1, failed: 0, cancelled: 0, total: 1});
    const inBatch = await client.vectorStores.fileBatches.listFiles(batch.id, {vector_store_id: store.id});
    assert.deepEqual(inBatch.data.map(file => file.id), [parcels.id]);
    assert.equal((await client.vectorStores.fileBatches.retrieve(batch.id, {vector_store_id: store.id})).id, batch.id);

    const found = await client.vectorStores.search(store.id, {query: 'How long may I return a parcel?', max_num_results: 2});
    assert.equal(found.data[0].file_id, parcels.id);
    assert.equal(found.data[0].filename, 'returns.md');
    assert.match(found.data[0].content[0].text, /thirty days/);
    assert.ok(found.data[0].score > 0 && found.data[0].score <= 1);

    const filtered = await client.vectorStores.search(store.id, {
        query: 'How long may I return a parcel?',
        filters: {type: 'and', filters: [{type: 'eq', key: 'topic', value: 'hours'}, {type: 'gte', key: 'year', value: 2026}]},
    });
    assert.deepEqual([...new Set(filtered.data.map(each => each.file_id))], [hours.id]);
    const none = await client.vectorStores.search(store.id, {query: 'parcel', filters: {type: 'gt', key: 'year', value: 2026}});
    assert.deepEqual(none.data, []);

    await client.vectorStores.files.update(hours.id, {vector_store_id: store.id, attributes: {topic: 'times'}});
    const one = await client.vectorStores.files.retrieve(hours.id, {vector_store_id: store.id});
    assert.deepEqual(one.attributes, {topic: 'times'});
    const content = await client.vectorStores.files.content(hours.id, {vector_store_id: store.id});
    assert.match(content.data[0].text, /nine in the morning/);
    assert.equal((await client.vectorStores.files.list(store.id, {filter: 'completed'})).data.length, 2);
    assert.equal((await client.vectorStores.retrieve(store.id)).usage_bytes, hours.bytes + parcels.bytes);

    const gone = await client.vectorStores.files.delete(parcels.id, {vector_store_id: store.id});
    assert.deepEqual(gone, {id: parcels.id, object: 'vector_store.file.deleted', deleted: true});
    const after = await client.vectorStores.search(store.id, {query: 'How long may I return a parcel?'});
    assert.ok(after.data.every(each => each.file_id === hours.id));
    await client.vectorStores.delete(store.id);
});

test('a file that cannot be read fails and says why', async () => {
    const store = await client.vectorStores.create({});
    const bad = await upload('scan.pdf', 'this is no PDF');
    const failed = await client.vectorStores.files.createAndPoll(store.id, {file_id: bad.id}, {pollIntervalMs: 100});
    assert.equal(failed.status, 'failed');
    assert.match(failed.last_error.message, /PDF/);
    await client.vectorStores.delete(store.id);
});

test('batches are uploaded at once and can be cancelled', async () => {
    const store = await client.vectorStores.create({});
    const batch = await client.vectorStores.fileBatches.uploadAndPoll(store.id, {
        files: [await toFile(Buffer.from(opening), 'a.txt'), await toFile(Buffer.from(returns), 'b.txt')],
    }, {pollIntervalMs: 100});
    assert.equal(batch.file_counts.completed, 2);
    const again = await client.vectorStores.fileBatches.cancel(batch.id, {vector_store_id: store.id});
    assert.equal(again.file_counts.completed, 2);
    await client.vectorStores.delete(store.id);
});

test('chunks are of the sizes asked for, as far as the models read them', async () => {
    const long = Array.from({length: 60}, (_, i) => `Sentence number ${i} speaks of the pagoda and its many roofs.`).join(' ');
    const file = await upload('long.txt', long);
    const store = await client.vectorStores.create({
        file_ids: [file.id],
        chunking_strategy: {type: 'static', static: {max_chunk_size_tokens: 100, chunk_overlap_tokens: 20}},
    });
    const done = await client.vectorStores.files.poll(store.id, file.id, {pollIntervalMs: 100});
    assert.deepEqual(done.chunking_strategy, {
        type: 'static',
        static: {max_chunk_size_tokens: 100, chunk_overlap_tokens: 20},
    });
    const found = await client.vectorStores.search(store.id, {query: 'pagoda roofs', max_num_results: 50});
    assert.ok(found.data.length >= 6, `${found.data.length} chunks`);
    await client.vectorStores.delete(store.id);
});

test('wrong requests are refused in the words of the API', async () => {
    await refused(client.vectorStores.create({file_ids: ['file-none']}), 404, /No such File object/);
    await refused(client.vectorStores.create({expires_after: {anchor: 'last_active_at', days: 0}}), 400, /days/);
    await refused(client.vectorStores.create({metadata: {a: 1}}), 400, /metadata/);
    await refused(client.vectorStores.search('vs_none', {query: 'x'}), 404, /No vector store found/);
    const store = await client.vectorStores.create({});
    await refused(client.vectorStores.search(store.id, {query: 'x', filters: {type: 'like', key: 'a', value: 'b'}}), 400, /type/);
    await refused(client.vectorStores.search(store.id, {query: ''}), 400, /query/);
    await refused(client.vectorStores.search(store.id, {query: 'x', max_num_results: 51}), 400, /max_num_results/);
    await client.vectorStores.delete(store.id);
    const stranger = new OpenAI({baseURL: `${process.env.PAGODA_URL}/v1`, apiKey: 'wrong', maxRetries: 0});
    await refused(stranger.vectorStores.list(), 401, /API key/);
    await refused(stranger.files.list(), 401, /API key/);
});
