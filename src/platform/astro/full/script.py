"""Loads a project's DAGs once with its own Airflow, and writes what came of it as JSON. Run by airlock with -c.

Arguments: the folder of the project, the file to write, the folder of the DAGs below the first. Works on Airflow 2.4 and later, and on Airflow 3.
"""

import faulthandler
import json
import os
import re
import sys
import tempfile
import time
import traceback

project, out = os.path.realpath(sys.argv[1]), os.path.abspath(sys.argv[2])
dags = os.path.join(project, sys.argv[3])
home = tempfile.mkdtemp(prefix='airflow-')
for name, value in {
    'AIRFLOW_HOME': home,
    'AIRFLOW__CORE__DAGS_FOLDER': dags,
    'AIRFLOW__CORE__PLUGINS_FOLDER': os.path.join(project, 'plugins'),
    'AIRFLOW__CORE__LOAD_EXAMPLES': 'False',
    'AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACK_DEPTH': '40',
    'AIRFLOW__LOGGING__LOGGING_LEVEL': 'ERROR',
    'AIRFLOW__USAGE_DATA_COLLECTION__ENABLED': 'False',
    'SCARF_ANALYTICS': 'false',
}.items():
    os.environ.setdefault(name, value)
for folder in ('plugins', 'config', '', dags):
    sys.path.insert(0, os.path.join(project, folder).rstrip(os.sep))


def write(told):
    with open(out, 'w', encoding='utf-8') as file:
        json.dump(told, file)


def relative(path):
    path = os.path.realpath(path)
    return os.path.relpath(path, project) if path.startswith(project + os.sep) else None


def assets(dag):
    """The URIs, or else the names, of what a DAG's tasks update."""
    told = set()
    for task in dag.tasks:
        for asset in getattr(task, 'outlets', None) or []:
            if not type(asset).__module__.startswith('airflow.lineage'):
                told.add(str(getattr(asset, 'uri', None) or getattr(asset, 'name', None)))
    return sorted(told)


def error(path, text):
    """The last line of the user's own in a traceback, and what Python said."""
    place = None
    for found, line in re.findall(r'File "([^"]+)", line (\d+)', text):
        inside = relative(found)
        # Modules that are part of Python itself are called `<frozen os>`, which is no path.
        if inside and 'site-packages' not in found and not found.startswith('<'):
            place = [inside, int(line)]
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    said = next((line for line in reversed(lines) if re.match(r'[\w.]+(Error|Exception|Exit|Interrupt|Timeout)\b', line)), None)
    return {'file': relative(path), 'place': place, 'said': (said or (lines[-1] if lines else 'it failed'))[:500]}


try:
    import airflow
    from airflow.configuration import conf
except ImportError:
    write({'airflow': None})
    sys.exit(0)
began = time.monotonic()
try:
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models import DagBag

    limit = conf.getfloat('core', 'DAGBAG_IMPORT_TIMEOUT')

    class Bag(DagBag):
        def process_file(self, path, *args, **kwargs):
            # Should the file end the interpreter, this stays; so it does where Airflow's own time limit does not reach, as in C.
            write({'airflow': airflow.__version__, 'reading': relative(path)})
            if limit > 0:
                faulthandler.dump_traceback_later(limit + 30, exit=True)
            try:
                return super().process_file(path, *args, **kwargs)
            finally:
                faulthandler.cancel_dump_traceback_later()

    options = {} if airflow.__version__.startswith('3') else {'read_dags_from_db': False}
    bag = Bag(dags, include_examples=False, safe_mode=True, **options)
    told = {
        'airflow': airflow.__version__,
        'dags': {dag.dag_id: {'file': relative(dag.fileloc), 'outlets': assets(dag)} for dag in bag.dags.values()},
        'errors': [error(path, text) for path, text in sorted(bag.import_errors.items())],
        'slow': [[relative(stat.file) or relative(os.path.join(dags, stat.file.lstrip('/'))), stat.duration.total_seconds()]
                 for stat in bag.dagbag_stats if stat.duration.total_seconds() > 20],
        'seconds': time.monotonic() - began,
    }
except BaseException:  # A file that ends the interpreter must not look like one without DAGs.
    told = {'airflow': airflow.__version__, 'failed': error('', traceback.format_exc())}
write(told)
