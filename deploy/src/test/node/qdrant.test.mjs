// Each method of the Qdrant client at least once, against the server of PAGODA_URL; the last test holds that to the client itself.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {QdrantClient} from '@qdrant/js-client-rest';

const called = new Set();

function watched(client) {
    return new Proxy(client, {
        get(target, name) {
            const member = target[name];
            if (typeof member !== 'function') {
                return member;
            }
            return (...args) => {
                called.add(name);
                return member.apply(target, args);
            };
        },
    });
}

const url = process.env.PAGODA_URL;
const client = watched(new QdrantClient({url, apiKey: process.env.PAGODA_API_KEY, checkCompatibility: false}));
const books = 'books';
const ids = result => result.map(each => each.id);

async function refused(promise, status, message) {
    const error = await promise.then(() => assert.fail('it was not refused'), thrown => thrown);
    assert.equal(error.status, status, String(error));
    assert.match(error.data.status.error, message);
}

before(async () => {
    await client.createCollection(books, {
        vectors: {size: 4, distance: 'Cosine'},
        sparse_vectors: {words: {}},
        metadata: {made: 'here'},
    });
    await client.createPayloadIndex(books, {field_name: 'city', field_schema: 'keyword', wait: true});
    await client.createPayloadIndex(books, {field_name: 'year', field_schema: 'integer', wait: true});
    const done = await client.upsert(books, {
        points: [
            {id: 1, vector: {'': [1, 0, 0, 0], words: {indices: [7, 3], values: [2, 1]}}, payload: {city: 'Berlin', year: 1999}},
            {id: 2, vector: [0, 1, 0, 0], payload: {city: 'London', year: 2005, tags: ['a', 'b']}},
            {id: 3, vector: [0, 0, 1, 0], payload: {city: 'Berlin', year: 2010, tags: []}},
            {id: 4, vector: [0.9, 0.1, 0, 0], payload: {city: 'Moscow', year: 2021}},
            {id: '5c56c793-69f3-4fbf-87e6-c4bf54c28c26', vector: [0, 0, 0, 1], payload: {city: 'London', year: 1850}},
        ],
    });
    assert.equal(done.status, 'completed');
});

after(async () => {
    await client.deleteCollection(books);
});

test('collections are made, told, changed and dropped', async () => {
    assert.deepEqual(await client.collectionExists('shelf'), {exists: false});
    assert.equal(await client.createCollection('shelf', {vectors: {a: {size: 2, distance: 'Dot'}}}), true);
    assert.deepEqual(await client.collectionExists('shelf'), {exists: true});
    assert.ok((await client.getCollections()).collections.some(each => each.name === 'shelf'));
    assert.equal(await client.updateCollection('shelf', {hnsw_config: {m: 8}, metadata: {room: 3}}), true);
    const info = await client.getCollection('shelf');
    assert.equal(info.config.hnsw_config.m, 8);
    assert.equal(info.config.metadata.room, 3);
    assert.equal(info.config.params.vectors.a.distance, 'Dot');
    assert.equal(await client.recreateCollection('shelf', {vectors: {size: 3, distance: 'Euclid'}}), true);
    assert.equal((await client.getCollection('shelf')).config.params.vectors.size, 3);
    assert.equal(await client.deleteCollection('shelf'), true);
    assert.equal(await client.deleteCollection('shelf'), false);
});

test('vectors are named and forgotten later', async () => {
    assert.equal((await client.createVectorName(books, 'cover', {dense: {size: 2, distance: 'Dot'}})).status, 'completed');
    await client.updateVectors(books, {points: [{id: 1, vector: {cover: [3, 4]}}]});
    const [one] = await client.retrieve(books, {ids: [1], with_vector: ['cover']});
    assert.deepEqual(one.vector, {cover: [3, 4]});
    await client.deleteVectors(books, {points: [1], vector: ['cover']});
    const [bare] = await client.retrieve(books, {ids: [1], with_vector: ['cover']});
    assert.deepEqual(bare.vector ?? {}, {});
    assert.equal((await client.deleteVectorName(books, 'cover')).status, 'completed');
    await refused(client.query(books, {query: [1, 0], using: 'cover'}), 400, /^Wrong input: /);
});

test('points are told as they were stored', async () => {
    const [one, named] = await client.retrieve(books, {
        ids: [1, '5C56C79369F34FBF87E6C4BF54C28C26', 99],
        with_vector: true,
    });
    assert.equal(one.id, 1);
    assert.deepEqual(one.payload, {city: 'Berlin', year: 1999});
    assert.deepEqual(one.vector[''] ?? one.vector, [1, 0, 0, 0]);
    assert.deepEqual(one.vector.words, {indices: [3, 7], values: [1, 2]});
    assert.equal(named.id, '5c56c793-69f3-4fbf-87e6-c4bf54c28c26');
});

test('points are scrolled by id and by a value', async () => {
    const first = await client.scroll(books, {limit: 2});
    assert.deepEqual(ids(first.points), [1, 2]);
    assert.equal(first.next_page_offset, 3);
    const rest = await client.scroll(books, {limit: 10, offset: first.next_page_offset, with_payload: ['city']});
    assert.deepEqual(ids(rest.points), [3, 4, '5c56c793-69f3-4fbf-87e6-c4bf54c28c26']);
    assert.deepEqual(rest.points[0].payload, {city: 'Berlin'});
    assert.equal(rest.next_page_offset, null);
    const byYear = await client.scroll(books, {order_by: {key: 'year', direction: 'desc'}, limit: 2});
    assert.deepEqual(ids(byYear.points), [4, 3]);
    assert.equal(byYear.points[0].order_value, 2021);
});

test('filters count what they should', async () => {
    const count = async filter => (await client.count(books, {filter, exact: true})).count;
    assert.equal(await count(undefined), 5);
    assert.equal(await count({must: [{key: 'city', match: {value: 'Berlin'}}]}), 2);
    assert.equal(await count({must_not: [{key: 'city', match: {any: ['Berlin', 'Moscow']}}]}), 2);
    assert.equal(await count({should: [{key: 'year', range: {lt: 1900}}, {has_id: [1]}]}), 2);
    assert.equal(await count({must: [{is_empty: {key: 'tags'}}]}), 4);
    assert.equal(await count({must: [{key: 'tags', values_count: {gte: 2}}]}), 1);
    assert.equal(await count({must: [{has_vector: 'words'}]}), 1);
    assert.equal(
        await count({
            min_should: {
                conditions: [{key: 'city', match: {value: 'London'}}, {key: 'year', range: {gte: 2000}}],
                min_count: 2,
            },
        }),
        1,
    );
});

test('queries find the nearest, by vector, by id, by words and by several', async () => {
    const nearest = await client.query(books, {query: [1, 0, 0, 0], limit: 2, with_payload: true});
    assert.deepEqual(ids(nearest.points), [1, 4]);
    assert.ok(Math.abs(nearest.points[0].score - 1) < 1e-6);
    assert.equal(nearest.points[1].payload.city, 'Moscow');
    assert.deepEqual(ids((await client.query(books, {query: 1, limit: 1})).points), [4]);
    const byWords = await client.query(books, {query: {indices: [7], values: [1]}, using: 'words'});
    assert.deepEqual(ids(byWords.points), [1]);
    assert.equal(byWords.points[0].score, 2);
    const fused = await client.query(books, {
        prefetch: [
            {query: [1, 0, 0, 0], limit: 3},
            {query: {indices: [3], values: [1]}, using: 'words', limit: 3},
        ],
        query: {fusion: 'rrf'},
        limit: 1,
    });
    assert.deepEqual(fused.points.map(each => [each.id, each.score]), [[1, 1]]);
    const recommended = await client.query(books, {
        query: {recommend: {positive: [1], negative: [3]}},
        filter: {must: [{key: 'year', range: {gte: 2000}}]},
        limit: 1,
    });
    assert.deepEqual(ids(recommended.points), [4]);
});

test('several queries are answered in their order', async () => {
    const [a, b] = await client.queryBatch(books, {
        searches: [
            {query: [0, 1, 0, 0], limit: 1},
            {query: [0, 0, 1, 0], limit: 1},
        ],
    });
    assert.deepEqual([ids(a.points), ids(b.points)], [[2], [3]]);
});

test('hits are grouped by a value', async () => {
    const {groups} = await client.queryGroups(books, {
        query: [1, 0, 0, 0],
        group_by: 'city',
        group_size: 1,
        limit: 2,
    });
    assert.deepEqual(groups.map(each => [each.id, ids(each.hits)]), [
        ['Berlin', [1]],
        ['Moscow', [4]],
    ]);
});

test('values are counted as facets', async () => {
    const {hits} = await client.facet(books, {key: 'city', exact: true});
    assert.deepEqual(hits, [
        {value: 'Berlin', count: 2},
        {value: 'London', count: 2},
        {value: 'Moscow', count: 1},
    ]);
});

test('distances of a sample come as pairs and as offsets', async () => {
    const {pairs} = await client.searchMatrixPairs(books, {sample: 5, limit: 1});
    assert.equal(pairs.length, 5);
    assert.ok(pairs.every(each => each.a !== each.b));
    const offsets = await client.searchMatrixOffsets(books, {sample: 5, limit: 1});
    assert.equal(offsets.ids.length, 5);
    assert.equal(offsets.scores.length, offsets.offsets_row.length);
});

test('payloads are set, replaced, cut and cleared', async () => {
    await client.upsert(books, {points: [{id: 10, vector: [1, 1, 1, 1], payload: {a: 1}}]});
    const payload = async () => (await client.retrieve(books, {ids: [10]}))[0].payload;
    await client.setPayload(books, {payload: {b: {c: 2}}, points: [10]});
    assert.deepEqual(await payload(), {a: 1, b: {c: 2}});
    await client.setPayload(books, {payload: {d: 3}, key: 'b', points: [10]});
    assert.deepEqual(await payload(), {a: 1, b: {c: 2, d: 3}});
    await client.overwritePayload(books, {payload: {only: true}, filter: {must: [{has_id: [10]}]}});
    assert.deepEqual(await payload(), {only: true});
    await client.deletePayload(books, {keys: ['only'], points: [10]});
    assert.deepEqual(await payload(), {});
    await client.clearPayload(books, {points: [10]});
    assert.equal((await client.delete(books, {points: [10], wait: true})).status, 'completed');
    assert.deepEqual(await client.retrieve(books, {ids: [10]}), []);
});

test('a batch of operations happens as one', async () => {
    const results = await client.batchUpdate(books, {
        operations: [
            {upsert: {points: [{id: 20, vector: [1, 1, 0, 0], payload: {n: 1}}]}},
            {set_payload: {payload: {m: 2}, points: [20]}},
            {delete_payload: {keys: ['n'], points: [20]}},
        ],
    });
    assert.equal(results.length, 3);
    assert.deepEqual((await client.retrieve(books, {ids: [20]}))[0].payload, {m: 2});
    await refused(
        client.batchUpdate(books, {
            operations: [{delete: {points: [20]}}, {upsert: {points: [{id: 21, vector: [1]}]}}],
        }),
        400,
        /^Wrong input: Vector dimension error: expected dim: 4, got 1/,
    );
    assert.equal((await client.retrieve(books, {ids: [20]})).length, 1);
    await client.delete(books, {filter: {must: [{has_id: [20]}]}, wait: true});
});

test('aliases stand for collections', async () => {
    assert.equal(
        await client.updateCollectionAliases({actions: [{create_alias: {collection_name: books, alias_name: 'read'}}]}),
        true,
    );
    assert.deepEqual(await client.getCollectionAliases(books), {aliases: [{alias_name: 'read', collection_name: books}]});
    assert.ok((await client.getAliases()).aliases.some(each => each.alias_name === 'read'));
    assert.equal((await client.count('read')).count, 5);
    await client.updateCollectionAliases({actions: [{delete_alias: {alias_name: 'read'}}]});
    await refused(client.count('read'), 404, /^Not found: /);
});

test('payload indexes come and go', async () => {
    await client.createPayloadIndex(books, {field_name: 'tags', field_schema: 'keyword', wait: true});
    assert.equal((await client.getCollection(books)).payload_schema.tags.data_type, 'keyword');
    await client.deletePayloadIndex(books, 'tags');
    assert.equal((await client.getCollection(books)).payload_schema.tags, undefined);
});

test('snapshots are made, listed and recovered from', async () => {
    const made = await client.createSnapshot(books);
    assert.match(made.checksum, /^[0-9a-f]{64}$/);
    assert.ok((await client.listSnapshots(books)).some(each => each.name === made.name));
    await assert.rejects(
        client.recoverSnapshot('copy', {location: `file:///nowhere/${made.name}`}),
        error => [400, 403].includes(error.status),
    );
    assert.equal(await client.deleteSnapshot(books, made.name), true);
    await refused(client.deleteSnapshot(books, made.name), 404, /^Not found: /);
    const shard = await client.createShardSnapshot(books, 0, {wait: true});
    assert.ok((await client.listShardSnapshots(books, 0)).some(each => each.name === shard.name));
    await assert.rejects(client.recoverShardFromSnapshot(books, 0, {location: 'file:///nowhere/x.snapshot'}));
    assert.equal(await client.deleteShardSnapshot(books, 0, shard.name, {wait: true}), true);
    const whole = await client.createFullSnapshot();
    assert.ok((await client.listFullSnapshots()).some(each => each.name === whole.name));
    assert.equal(await client.deleteFullSnapshot(whole.name), true);
});

test('a single node answers for its cluster', async () => {
    const version = await client.versionInfo();
    assert.equal(version.title, 'qdrant - vector search engine');
    assert.match(version.version, /^1\.19\./);
    const cluster = await client.collectionClusterInfo(books);
    assert.equal(cluster.shard_count, 1);
    assert.equal(cluster.local_shards[0].points_count, 5);
    await refused(
        client.updateCollectionCluster(books, {move_shard: {shard_id: 0, from_peer_id: 1, to_peer_id: 2}}),
        405,
        /Qdrant is running in standalone mode/,
    );
    await client.listShardKeys(books);
    await assert.rejects(client.createShardKey(books, {shard_key: 'x'}));
    await assert.rejects(client.deleteShardKey(books, {shard_key: 'x'}));
    await client.clusterTelemetry();
    await client.getOptimizations(books);
    const quotas = await client.getQuotas();
    assert.equal(typeof quotas, 'object');
    await client.updateQuotas({});
});

test('errors have their codes and words', async () => {
    await refused(client.getCollection('none'), 404, /^Not found: Collection `none` doesn't exist!/);
    await refused(
        client.createCollection(books, {vectors: {size: 4, distance: 'Dot'}}),
        409,
        /^Wrong input: Collection `books` already exists!/,
    );
    await refused(client.query(books, {query: [1, 0, 0]}), 400, /^Wrong input: Vector dimension error: expected dim: 4, got 3/);
    await refused(client.query(books, {query: [1, 0, 0, 0], limit: 0}), 422, /^Validation error in JSON body: /);
    await refused(client.query(books, {query: 77}), 404, /^Not found: No point with id 77 found/);
    await refused(client.upsert(books, {points: [{id: -1, vector: [1, 0, 0, 0]}]}), 400, /^Format error in JSON body: /);
    await refused(
        client.upsert(books, {points: [{id: 30, vector: {none: [1]}}]}),
        400,
        /^Wrong input: Not existing vector name error: none/,
    );
    const stranger = new QdrantClient({url, apiKey: 'wrong', checkCompatibility: false});
    await assert.rejects(stranger.getCollections(), error => [401, 403].includes(error.status));
});

test('every method of the client was called', () => {
    const methods = Object.getOwnPropertyNames(QdrantClient.prototype).filter(name => !['constructor', 'api'].includes(name));
    assert.deepEqual(methods.filter(name => !called.has(name)), []);
});
