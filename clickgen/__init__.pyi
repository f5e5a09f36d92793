from clickgen.api.sending import RunEndedEarly as RunEndedEarly
from clickgen.api.sending import send as send
from clickgen.api.verifying import verify as verify
from clickgen.api.verifying import verify_ids as verify_ids
from clickgen.api.verifying import verify_pipeline as verify_pipeline
from clickgen.model.errors import ClickgenError as ClickgenError
from clickgen.model.errors import EnvironmentProblem as EnvironmentProblem
from clickgen.model.errors import UsageProblem as UsageProblem
from clickgen.run.run_report import RunReport as RunReport
from clickgen.verify.inspections.ids.report import IdsReport as IdsReport
from clickgen.verify.proof.compare.verify_report import VerifyReport as VerifyReport
from clickgen.verify.stations.stations_report import StationsReport as StationsReport

__version__: str
