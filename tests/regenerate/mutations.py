"""Wrong code for mutants.py: one-place changes that some test has to notice.

A mutation is (text, wrong text): the first is to stand in its file exactly once. `HARMLESS` has
changes that change nothing that anybody sees, each with the reason.
"""

STEP = ('tests/training/test_step.py tests/training/test_guards.py tests/training/test_tuning.py '
        'tests/training/test_loop.py')
MODELS = 'tests/models'
DRAWS = 'tests/data/test_draws.py tests/data/test_pipeline.py'
TEMPLATES = 'tests/data/test_preprocess.py tests/data/test_fitting.py tests/tasks/test_golden.py'
SCORING = 'tests/evaluation/test_scoring.py tests/evaluation/test_batches.py'
MIXTURES = 'tests/data/test_mixtures.py'
VOCABULARIES = 'tests/data/test_vocabulary.py tests/test_loading.py'
METRICS = 'tests/data/test_metrics.py tests/tasks/test_scores.py'

# File -> (its room's tests, its mutations).
MUTATIONS = {
    'flan_jax/training/step.py': (STEP, (
        ("tokens = sums['weights'] if tokens is None else tokens",
         "tokens = sums['task_examples'].sum() if tokens is None else tokens"),
        ('jnp.sum(total * weights) / jnp.maximum(tokens, 1.0)',
         'jnp.mean(total * weights)'),
        ('held=tied_held, tokens=tokens, **static)', 'held=tied_held, **static)'),
        ('part_key = jax.random.fold_in(key, number)', 'part_key = key'),
        ("key = jax.random.fold_in(state.key, state.step)", 'key = state.key'),
        ('cross_entropy = (total - z_term) * weights', 'cross_entropy = total * weights'),
        ("member = jax.nn.one_hot(batch['task_ids'] - 1, num_tasks)",
         "member = jax.nn.one_hot(batch['task_ids'], num_tasks)"),
        ("axis=1, prepend=0) > 0", "axis=1, append=0) > 0"),
        ('(jnp.argmax(logits, -1) == targets) * weights', '(jnp.argmax(logits, -1) == targets)'),
        ('kept = halted | bad', 'kept = halted'),
        ('averages=tuning.updated_averages(state.averages, trained)', 'averages=state.averages'),
        ('optimizer.update(gradients, state.optimizer_state, trained)',
         'optimizer.update(gradients, optimizer.init(trained), trained)'),
    )),
    'flan_jax/models/losses.py': ('tests/models/test_losses.py', (
        ('high, low = 1.0 - label_smoothing, label_smoothing / (vocab_size - 1)',
         'high, low = 1.0 - label_smoothing, label_smoothing / vocab_size'),
        ('z_term = z_loss * jnp.square(log_z)', 'z_term = z_loss * log_z'),
        ('scale = loss_bar + (loss_bar + z_bar) * 2 * z_loss * log_z',
         'scale = loss_bar + loss_bar * 2 * z_loss * log_z'),
        ('return (log_z - expected - entropy + z_term, z_term)',
         'return (log_z - expected + z_term, z_term)'),
    )),
    'flan_jax/training/optimizers.py': ('tests/training/test_optimizers.py', (
        ('decay_rate=self.decay_rate,', 'decay_rate=0.9,'),
        ('multiply_by_parameter_scale=self.multiply_by_parameter_scale,',
         'multiply_by_parameter_scale=False,'),
        ('clipping_threshold=self.clipping_threshold,', 'clipping_threshold=None,'),
        ("_NOT_DECAYED = re.compile(r'norm|scale$|bias')", "_NOT_DECAYED = re.compile(r'bias')"),
        ('(start / jnp.maximum(ahead + step, start)) ** 0.5',
         '(start / jnp.maximum(ahead + step, start))'),
        ('scaled = lambda step: group.learning_rate_factor * rate(step)',
         'scaled = lambda step: rate(step)'),
        ('optax.scale_by_param_block_rms(min_scale=1e-3)', 'optax.identity()'),
    )),
    'flan_jax/training/state.py': (STEP, (
        ('init_key, step_key = jax.random.split(jax.random.PRNGKey(seed))',
         'init_key, step_key = jax.random.split(jax.random.PRNGKey(0))'),
        ('optimizer_state=optimizer.init(tuning.split(parameters)[0]),',
         'optimizer_state=optimizer.init(parameters),'),
        ('state, parameters=parameters, averages=tuning.averages(parameters))',
         'state, parameters=parameters)'),
    )),
    'flan_jax/training/tuning.py': ('tests/training/test_tuning.py', (
        ('return bool(re.search(self.trainable, name)) and not held',
         'return bool(re.search(self.trainable, name))'),
        ('decay * a + (1 - decay) * p', 'decay * p + (1 - decay) * a'),
    )),
    'flan_jax/data/draws.py': (DRAWS, (
        ('* self._rows + self._row)', '* self._rows)'),
        ('turns[tasks == task] = np.arange(before[task], after[task])',
         'turns[tasks == task] = np.arange(after[task] - before[task])'),
        ('epoch, within = divmod(place, self._examples)',
         'epoch, within = divmod(place, self._examples + 1)'),
        ('randomness.permutation(self._examples, *self._keys, epoch)',
         'randomness.permutation(self._examples, *self._keys)'),
        ('self._per_block * block + self._phases', 'self._per_block * block'),
    )),
    'flan_jax/data/packing.py': ('tests/data/test_packing.py', (
        ('int(np.flatnonzero(least <= spare)[-1])', 'int(np.flatnonzero(least <= spare)[0])'),
        ('np.flatnonzero(least <= spare)', 'np.flatnonzero(least < np.iinfo(np.int64).max)'),
        ('tight = int(np.argmax(both.sum(0) / capacity))', 'tight = 0'),
    )),
    'flan_jax/data/pipeline.py': (DRAWS, (
        ("arrays['decoder_input_tokens'][targets.start + 1 : targets.stop] = example.targets[:-1]",
         "arrays['decoder_input_tokens'][targets] = example.targets"),
        ("arrays['decoder_segment_ids'][targets] = segment",
         "arrays['decoder_segment_ids'][targets] = 1"),
        ("arrays['encoder_segment_ids'][inputs] = segment",
         "arrays['encoder_segment_ids'][inputs] = 1"),
        ("arrays['template_ids'][targets] = example.template + 1",
         "arrays['template_ids'][targets] = example.template"),
        ('self._gone = {oldest + bit for bit in range(gone.bit_length()) if gone >> bit & 1}',
         'self._gone = set()'),
    )),
    'flan_jax/data/preprocess.py': (TEMPLATES, (
        ('(example[own.INDEX] + epoch) % len(dataset.templates)',
         'example[own.INDEX] % len(dataset.templates)'),
        ('tf.argmax(right, output_type=tf.int32), -1)',
         'tf.argmax(right, output_type=tf.int32), 0)'),
    )),
    'flan_jax/data/templates.py': (TEMPLATES, (
        ("['OPTIONS:\\n- ', ", "['OPTIONS:\\n', "),
        ('literals[row, column] = part.text', 'literals[row, column] = part.text.strip()'),
        ('body = tf.constant([name != OPTIONS_FIELD for name in table.names] + [False])',
         'body = tf.constant([True for name in table.names] + [False])'),
    )),
    'flan_jax/data/few_shot.py': ('tests/data/test_few_shot.py', (
        ('usable = lambda values: tf.boolean_mask(values, ~is_query)',
         'usable = lambda values: tf.identity(values)'),
        ("seed = tf.stack([tf.cast(index, tf.int32), tf.cast(template, tf.int32)])",
         'seed = tf.stack([tf.cast(index, tf.int32), tf.constant(0)])'),
        ("(inputs == rendered['inputs']) & (targets == rendered['targets'])", "inputs == ''"),
        ('together = tf.cumsum(lengths)', 'together = tf.cumsum(tf.sort(lengths))'),
        ('index_shuffle(places, seed, rows - 1)',
         'index_shuffle(places, seed, tf.minimum(rows, 99))'),
    )),
    'flan_jax/data/keeping.py': ('tests/data/test_keeping.py', (
        ('_first_empty(dataset, fields) < 0', '_first_empty(dataset, fields) < 9'),
        (r"_NOTHING = r'[\s\pZ\p{Cf}\p{Cc}]*'", r"_NOTHING = r'\s*'"),
        ('rows = _filtered(rows, keep)\n  fields', 'fields'),
    )),
    'flan_jax/data/dataset.py': ('tests/tasks/test_released_templates.py', (
        ('if asked is None or asked in read:', 'if asked is None:'),
        ('return bool(read & others if others else read)', 'return bool(read)'),
        ('- {OPTIONS_FIELD}\n  except', '\n  except'),
    )),
    'flan_jax/data/mixtures.py': (MIXTURES, (
        ('RATE_MAXIMUM = 3_000', 'RATE_MAXIMUM = 30_000'),
        ("task.num_input_examples('train') or 1, RATE_MAXIMUM)",
         "task.num_input_examples('train') or 1, 10 * RATE_MAXIMUM)"),
    )),
    'flan_jax/data/held_out.py': (MIXTURES, (
        ("    'paraphrase': ('nli',),\n    'nli': ('paraphrase',),",
         "    'paraphrase': ('nli',),\n    'nli': (),"),
        ('rows = dataset.source.name, dataset.source.train', 'rows = dataset.name'),
    )),
    'flan_jax/data/overlap.py': (MIXTURES, (
        ("'wsc273', 'glue/wnli'),", "'wsc273'),"),
        ("(('super_glue/rte', 'glue/rte'), 'the same rows in two benchmarks'),", ''),
    )),
    'flan_jax/data/metric_types.py': (METRICS, (
        ('return (self.option, *self.also_right) if self.option >= 0 else ()',
         'return (self.option, *self.also_right)'),
        ('return (self.option, *self.also_right) if self.option >= 0 else ()',
         'return (max(self.option, 0), *self.also_right)'),
    )),
    'flan_jax/data/metrics.py': (METRICS, (
        ('return scores / lengths', 'return scores'),
        ('answers=found if 2 * len(found) > len(readers) else (_NO_ANSWER,)',
         'answers=found or (_NO_ANSWER,)'),
        ("for target, prediction in zip(targets, predictions, strict=True)\n  ]))",
         "for target, prediction in zip(targets[:1], predictions[:1], strict=True)\n  ]))"),
        ('return 2 * common / (len(expected) + len(given))', 'return common / len(given)'),
        ('return (np.cumsum(counts) - (counts - 1) / 2)[which]', 'return np.cumsum(counts)[which]'),
    )),
    'flan_jax/evaluation/scoring.py': (SCORING, (
        ('jnp.where(same_option, shifted, 0)', 'shifted'),
        ('jnp.where(same_option, shifted, 0), option_ids,',
         'jnp.where(same_option, shifted, 0), (option_ids > 0).astype(jnp.int32),'),
        ('return target - jax.nn.logsumexp(logits, axis=-1)', 'return target'),
        ('scores[part.number][options] = row[: len(options)]',
         'scores[part.number][: len(options)] = row[: len(options)]'),
    )),
    'flan_jax/evaluation/batches.py': (SCORING, (
        ('if left >= length), len(rows))', 'if left > 0), len(rows))'),
        ('return count * (encoded + decoded)', 'return float(count)'),
    )),
    'flan_jax/evaluation/decoding.py': (SCORING, (
        ('jnp.argmax(logits, axis=-1)', 'jnp.argmin(logits, axis=-1)'),
    )),
    'flan_jax/evaluation/protocol.py': ('tests/evaluation/test_protocol.py', (
        ('float(np.std(values, ddof=1)) if len(values) > 1',
         'float(np.std(values)) if len(values) > 1'),
        ('key=lambda o: sign * dev[o.task])', 'key=lambda o: sign * o.value)'),
        ('sign = -1 if chosen[0].headline.less_is_better else 1', 'sign = 1'),
        ('math.sqrt(sum(e**2 for e in errors)) / len(errors)', 'sum(errors) / len(errors)'),
        ('float(by_example.std(ddof=1) / math.sqrt(len(by_example)))',
         'float(by_example.std(ddof=1))'),
    )),
    'flan_jax/models/layers.py': (MODELS, (
        ('return lambda *args: _ATTENTION_INIT(*args) / head_dim**0.5',
         'return lambda *args: _ATTENTION_INIT(*args)'),
        ('return (query_ids == key_ids) & (query_ids > 0)', 'return key_ids > 0'),
        ('jnp.tril(jnp.ones((1, 1, length, length), bool))',
         'jnp.tril(jnp.ones((1, 1, length, length), bool), 1)'),
        ('jnp.mean(jnp.square(x), axis=-1, keepdims=True)', 'jnp.var(x, axis=-1, keepdims=True)'),
        ('gelu(gate, approximate=True)', 'gelu(gate, approximate=False)'),
        ('bucket + jnp.where(offsets > 0, one_way, 0)',
         'bucket + jnp.where(offsets < 0, one_way, 0)'),
        ("self.lora_alpha / self.lora_rank)", 'self.lora_alpha)'),
        ('return nn.Dropout(rate, broadcast_dims=(-2,))', 'return nn.Dropout(rate)'),
    )),
    'flan_jax/models/t5.py': (MODELS, (
        ('mask = layers.causal(length) & layers.same_segment(segment_ids, segment_ids)',
         'mask = layers.causal(length)'),
        ('bias = self.relpos_bias(jnp.arange(max_length) - cache.index)[:, None, :]',
         'bias = self.relpos_bias(jnp.arange(max_length))[:, None, :]'),
        ('mask = jnp.arange(own[0].shape[1]) <= index',
         'mask = jnp.arange(own[0].shape[1]) < index'),
    )),
    'flan_jax/models/decoder_only.py': (MODELS, (
        ('mask |= is_input[:, None, None, :]', 'mask |= is_input[:, None, :, None]'),
        ('before = jnp.sum(sees_inputs, axis=-1)[:, 0]',
         'before = 0 * jnp.sum(sees_inputs, axis=-1)[:, 0]'),
    )),
    'flan_jax/data/slices.py': ('tests/data/test_slices.py', (
        ('if redraw and _conflict(declared):', 'if _conflict(declared):'),
        ('stop = min(train.stop, train.start + max_train)', 'stop = train.stop'),
        ('a.start < b.stop and b.start < a.stop', 'a.start < b.start and b.stop < a.stop'),
    )),
    'flan_jax/data/fitting.py': ('tests/data/test_fitting.py tests/data/test_preprocess.py', (
        ('needs = fixed + tf.reduce_sum(tf.minimum(sizes, LEAST))', 'needs = fixed'),
        ('head = tf.where(keep < sizes, (keep + 1) // 2, sizes)',
         'head = tf.where(keep < sizes, keep, sizes)'),
        ('sizes[:, None] - place <= (keep - head)[:, None]',
         'sizes[:, None] - place < (keep - head)[:, None]'),
        ('(tail & (begun | ~in_words))', 'tail'),
        ('tokens[: length - len(end)]', 'tokens[:length]'),
        ('sizes[:, None] - place <=', 'sizes[:, None] - place - 3 <='),
        ('return shares + longer *', 'return shares + 0 * longer *'),
        ('needs += len(end)', 'needs += 0'),
        ('if step is not leave_out]', 'if step]'),
    )),
    'flan_jax/training/identity.py': ('tests/training/test_run_directory.py', (
        ("changed = [n for n in was if n in now and n != _STEPS and was[n] != now[n]]",
         'changed = []'),
        ("if model_config.dropout_rate:  #", 'if False:  #'),
        ("'loss': dataclasses.asdict(config.loss), 'tuning': tuning}", "'tuning': tuning}"),
        ("'optimizer': optimizer,\n            'loss'", "'loss'"),
        ("record['initial_checkpoint'] = config.initial_checkpoint", 'pass'),
        ("del model['remat'], tuning['evaluate_ema']", "del model['remat']"),
        ('if done > steps:', 'if done > steps + 1:'),
        ('return epath.Path(was).resolve() == epath.Path(now).resolve()', 'return was == now'),
        ("return _END in record and record[_END] == record.get(_STEPS)", 'return True'),
    )),
    'flan_jax/data/kept_vocabulary.py': (VOCABULARIES, (
        ("if described and described['digest'] != digest(vocabulary):", 'if False:'),
        ('elif not name.startswith(_file_digest(path)[:16]):', 'elif False:'),
        ('  if not same:', '  if False:'),
        ('str(epath.Path(directory) / FOLDER / pathlib.PurePosixPath(kept).name)',
         'str(epath.Path(directory) / kept)'),
        ('issubclass(found, seqio.Vocabulary)', 'callable(found)'),
    )),
    'flan_jax/evaluation/results.py': ('tests/evaluation/test_results.py', (
        ("'checkpoint': facts['checkpoint'], 'settings': settings", "'settings': settings"),
        ("'limits': facts['limits'],\n      'data': data}", "'limits': facts['limits']}"),
        ("_NOT_OF_WHAT_IT_IS = (", "_NOT_OF_WHAT_IT_IS = ('dtype', "),
        ('return results if _what_it_is(results) == _what_it_is(facts) else None',
         'return results'),
        ('if file.name not in kept and not', 'if not'),
        ('not in kept and not file.name.endswith(storage.INCOMPLETE)', 'not in kept'),
        ('[[template.inputs, template.targets] for template', '[template.targets for template'),
        ('return _digest(work.task.source.fingerprint(work.split))',
         'return work.task.num_input_examples(work.split)'),
        ("'averaged': averaged,", "'averaged': False,"),
    )),
}

# (file, text, wrong text, why nobody sees it).
HARMLESS = (
    ('flan_jax/models/layers.py', '(query_ids == key_ids) & (query_ids > 0)',
     'query_ids == key_ids',
     'padding sees padding: what it gives has no weight, and nothing else sees it'),
    ('flan_jax/training/step.py', 'axis=1, prepend=0) > 0', 'axis=1, prepend=0) != 0',
     'segment ids fall at padding only, which is of no task and so counts for none'),
)
