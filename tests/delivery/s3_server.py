"""An S3-compatible server (moto) that checks signatures, for the tests: prints the access key that may
read, then takes orders as lines of JSON and answers each."""

import base64
import json
import sys

import boto3
from moto import settings
from moto.core.responses import ActionAuthenticatorMixin
from moto.server import ThreadedMotoServer

BUCKET = "rosters"
port = int(sys.argv[1])
server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
server.start()


def client(name, key="setup", secret="setup"):
    return boto3.client(name, endpoint_url=f"http://127.0.0.1:{port}", region_name="eu-north-1",
                        aws_access_key_id=key, aws_secret_access_key=secret)


def checking(is_checking):
    ActionAuthenticatorMixin.request_count = 0
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0 if is_checking else float("inf")


checking(False)
iam = client("iam")
iam.create_user(UserName="reader")
policy = {"Version": "2012-10-17",
          "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"],
                         "Resource": "*"}]}
iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=json.dumps(policy))
access = iam.create_access_key(UserName="reader")["AccessKey"]
client("s3").create_bucket(Bucket=BUCKET,
                           CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
checking(True)
print(json.dumps({"key": access["AccessKeyId"], "secret": access["SecretAccessKey"]}), flush=True)

for line in sys.stdin:
    order = json.loads(line)
    checking(False)
    client("s3").put_object(Bucket=BUCKET, Key=order["put"],
                            Body=base64.b64decode(order["content"]))
    checking(True)
    print("{}", flush=True)
