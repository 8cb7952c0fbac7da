"""A small Hugging Face hub on this machine: what its client asks for, from files in memory."""
import contextlib
import hashlib
import http.server
import io
import json
import re
import threading
import urllib.parse

import pyarrow as pa
from pyarrow import parquet

TOKEN = 'hf_may_come_in'


def metadata(features):
  """Features as the `datasets` library writes them into a Parquet schema."""
  return json.dumps({'info': {'features': features}})


def as_parquet(rows, schema=None, features=None, group=100):
  """Rows as the bytes of a Parquet file."""
  table = pa.Table.from_pylist(rows, schema)
  if features:
    table = table.replace_schema_metadata({'huggingface': metadata(features)})
  file = io.BytesIO()
  parquet.write_table(table, file, row_group_size=group)
  return file.getvalue()


class Hub:
  """Repositories with their branches and commits, and who may see them.

  Attributes:
    private: repositories that need the token.
    gated: repositories whose owners have let nobody in.
    asked: what clients have asked for.
  """

  def __init__(self):
    self._branches, self._commits = {}, {}
    self.private, self.gated, self.asked = set(), set(), []

  def put(self, repository, files, revision='main'):
    """Makes these (bytes by name) the files of a branch; returns the commit."""
    content = (repository, revision, sorted(files.items()))
    commit = hashlib.sha1(repr(content).encode()).hexdigest()
    self._branches[repository, revision] = commit
    self._commits[repository, commit] = files
    return commit

  def answer(self, path, token):
    """Status, headers and body of an answer."""
    self.asked.append(path)
    found = re.fullmatch(
        r'/(?:api/datasets/(?P<a>[\w.-]+/[\w.-]+)/(?P<kind>revision|tree)/(?P<b>[^/?]+).*'
        r'|datasets/(?P<c>[\w.-]+/[\w.-]+)/resolve/(?P<d>[^/]+)/(?P<file>.+))', path)
    if not found:
      return 404, {}, b''
    repository = found['a'] or found['c']
    known = any(name == repository for name, _ in self._branches)
    if not known or (repository in self.private and token != f'Bearer {TOKEN}'):
      return 401, {'X-Error-Code': 'RepoNotFound'}, b'{}'
    wanted = urllib.parse.unquote(found['b'] or found['d'])
    commit = self._branches.get((repository, wanted), wanted)
    files = self._commits.get((repository, commit))
    if files is None:
      return 404, {'X-Error-Code': 'RevisionNotFound'}, b'{}'
    if found['kind'] == 'revision':
      return 200, {}, json.dumps({'id': repository, 'sha': commit, 'siblings': [
          {'rfilename': name} for name in files]}).encode()
    if found['kind'] == 'tree':
      return 200, {}, json.dumps([
          {'type': 'file', 'path': name, 'size': len(data), 'oid': hashlib.sha1(data).hexdigest()}
          for name, data in files.items()]).encode()
    if repository in self.gated:
      return 403, {'X-Error-Code': 'GatedRepo', 'X-Error-Message': 'Ask first.'}, b'{}'
    data = files[urllib.parse.unquote(found['file'])]
    return 200, {'X-Repo-Commit': commit, 'ETag': f'"{hashlib.sha1(data).hexdigest()}"'}, data


@contextlib.contextmanager
def serve(hub):
  """Serves a hub; gives its address."""

  class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):  # pylint: disable=invalid-name
      status, headers, body = hub.answer(
          self.path.partition('?')[0], self.headers.get('Authorization'))
      self.send_response(status)
      for name, value in {'Content-Length': str(len(body)), **headers}.items():
        self.send_header(name, value)
      self.end_headers()
      if self.command == 'GET':
        self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *unused):
      pass

  server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
  thread = threading.Thread(target=server.serve_forever, daemon=True)
  thread.start()
  try:
    yield f'http://127.0.0.1:{server.server_port}'
  finally:
    server.shutdown()
    server.server_close()
