package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/digitalocean/godo"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/hetznercloud/hcloud-go/v2/hcloud"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/conversations"
	"github.com/openai/openai-go/v3/option"
	"github.com/resend/resend-go/v3"
	"github.com/stripe/stripe-go/v85"
	"github.com/twilio/twilio-go/client"
	twilio "github.com/twilio/twilio-go/rest/api/v2010"
	"golang.org/x/oauth2"
)

// otherAPIs are clients of other APIs. Where their own http.Client has a timeout or a
// rule for redirects, the one that carries the transport has it too.
func otherAPIs() []peer {
	return []peer{{
		name:   "godo",
		module: "github.com/digitalocean/godo",
		answer: answer{http.StatusCreated, `{"domain_record":{"id":28448429,"type":"TXT","name":"order-42","data":"confirmed",` +
			`"priority":null,"port":null,"ttl":1800,"weight":null,"flags":null,"tag":null}}`},
		id:   "28448429",
		open: openGodo,
	}, {
		name:   "resend",
		module: "github.com/resend/resend-go/v3",
		answer: answer{http.StatusOK, `{"id":"49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}`},
		id:     "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794",
		open:   openResend,
	}, {
		name:   "hcloud",
		module: "github.com/hetznercloud/hcloud-go/v2",
		answer: answer{http.StatusCreated, `{"ssh_key":{"id":2323,"name":"order-42","fingerprint":"b7:2f:30:a0:2f:6c",` +
			`"public_key":"ssh-ed25519 AAAA","labels":{"name":"John"},"created":"2026-11-04T12:30:00+00:00"}}`},
		id:   "2323",
		open: openHCloud,
	}, {
		name:   "twilio",
		module: "github.com/twilio/twilio-go",
		answer: answer{http.StatusCreated, `{"sid":"SM4tq81","account_sid":"ACbenchmark","status":"queued","direction":"outbound-api",` +
			`"date_created":"Wed, 04 Nov 2026 12:30:00 +0000","to":"+5511999999999","from":"+5511900009876"}`},
		id:   "SM4tq81",
		open: openTwilio,
	}, {
		name:   "stripe",
		module: "github.com/stripe/stripe-go/v85",
		answer: answer{http.StatusOK, `{"id":"cus_4tq81","object":"customer","created":1793795400,"livemode":false,"name":"John",` +
			`"email":"john@example.com","metadata":{"order":"42"},"balance":0,"delinquent":false}`},
		id:   "cus_4tq81",
		open: openStripe,
	}, {
		name:   "openai",
		module: "github.com/openai/openai-go/v3",
		answer: answer{http.StatusOK, `{"id":"conv_4tq81","object":"conversation","created_at":1793795400,` +
			`"metadata":{"name":"John","order":"42","template":"onboarding-test"}}`},
		id:   "conv_4tq81",
		open: openOpenAI,
	}, {
		name:   "AWS (sesv2)",
		module: "github.com/aws/aws-sdk-go-v2/service/sesv2",
		answer: answer{http.StatusOK, `{"MessageId":"0100019a4e8f7c21-4tq81f60-7d2b-4c53-9a55-1f0d6f0f2a11-000000"}`},
		id:     "0100019a4e8f7c21-4tq81f60-7d2b-4c53-9a55-1f0d6f0f2a11-000000",
		open:   openAWS,
	}}
}

func openGodo(transport http.RoundTripper) (send, error) {
	c := godo.NewFromToken("benchmark")
	// It makes its own http.Client, below the token and the retries.
	token, ok := c.HTTPClient.Transport.(*oauth2.Transport)
	if !ok {
		return nil, errors.New("the transport of the token is missing")
	}
	retries, ok := token.Base.(*retryablehttp.RoundTripper)
	if !ok {
		return nil, errors.New("the transport of the retries is missing")
	}
	retries.Client.HTTPClient.Transport = transport
	return func(ctx context.Context) (string, error) {
		record, _, err := c.Domains.CreateRecord(ctx, "example.com", &godo.DomainRecordEditRequest{
			Type: "TXT", Name: "order-42", Data: "confirmed", TTL: 1800,
		})
		if err != nil {
			return "", err
		}
		return strconv.Itoa(record.ID), nil
	}, nil
}

func openResend(transport http.RoundTripper) (send, error) {
	c := resend.NewCustomClient(&http.Client{Transport: transport, Timeout: time.Minute}, "re_benchmark")
	return func(ctx context.Context) (string, error) {
		out, err := c.Emails.SendWithOptions(ctx, &resend.SendEmailRequest{
			From: "shop@example.com", To: []string{"john@example.com"}, Subject: "Order 42", Text: "Hello John",
		}, &resend.SendEmailOptions{IdempotencyKey: idempotencyKey})
		if err != nil {
			return "", err
		}
		return out.Id, nil
	}, nil
}

func openHCloud(transport http.RoundTripper) (send, error) {
	c := hcloud.NewClient(hcloud.WithToken("benchmark"), hcloud.WithHTTPClient(&http.Client{Transport: transport}))
	return func(ctx context.Context) (string, error) {
		key, _, err := c.SSHKey.Create(ctx, hcloud.SSHKeyCreateOpts{
			Name: "order-42", PublicKey: "ssh-ed25519 AAAA", Labels: map[string]string{"name": "John"},
		})
		if err != nil {
			return "", err
		}
		return strconv.FormatInt(key.ID, 10), nil
	}, nil
}

func openTwilio(transport http.RoundTripper) (send, error) {
	base := &client.Client{
		Credentials: client.NewCredentials("ACbenchmark", "benchmark"),
		HTTPClient: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Timeout:       10 * time.Second,
		},
	}
	base.SetAccountSid("ACbenchmark")
	service := twilio.NewApiService(client.NewRequestHandler(base))
	return func(context.Context) (string, error) { // it takes no context
		params := new(twilio.CreateMessageParams).SetTo(recipient).SetFrom("+5511900009876").SetBody("Hello John")
		message, err := service.CreateMessage(params)
		if err != nil {
			return "", err
		}
		return *message.Sid, nil
	}, nil
}

func openStripe(transport http.RoundTripper) (send, error) {
	backends := stripe.NewBackends(&http.Client{Transport: transport, Timeout: 80 * time.Second})
	c := stripe.NewClient("sk_test_benchmark", stripe.WithBackends(backends))
	return func(ctx context.Context) (string, error) {
		customer, err := c.V1Customers.Create(ctx, &stripe.CustomerCreateParams{
			Name: stripe.String("John"), Email: stripe.String("john@example.com"), Metadata: map[string]string{"order": "42"},
		})
		if err != nil {
			return "", err
		}
		return customer.ID, nil
	}, nil
}

func openOpenAI(transport http.RoundTripper) (send, error) {
	c := openai.NewClient(option.WithAPIKey("benchmark"), option.WithHTTPClient(&http.Client{Transport: transport}))
	return func(ctx context.Context) (string, error) {
		out, err := c.Conversations.New(ctx, conversations.ConversationNewParams{
			Metadata: map[string]string{"name": "John", "order": "42", "template": "onboarding-test"},
		})
		if err != nil {
			return "", err
		}
		return out.ID, nil
	}, nil
}

func openAWS(transport http.RoundTripper) (send, error) {
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "benchmark", SecretAccessKey: "benchmark"}, nil
	})
	c := sesv2.NewFromConfig(aws.Config{
		Region:      "us-east-1",
		Credentials: aws.NewCredentialsCache(credentials),
		HTTPClient:  &http.Client{Transport: transport},
	})
	return func(ctx context.Context) (string, error) {
		out, err := c.SendEmail(ctx, &sesv2.SendEmailInput{
			FromEmailAddress: aws.String("shop@example.com"),
			Destination:      &types.Destination{ToAddresses: []string{"john@example.com"}},
			Content: &types.EmailContent{Template: &types.Template{
				TemplateName: aws.String("onboarding-test"), TemplateData: aws.String(`{"name":"John"}`),
			}},
		})
		if err != nil {
			return "", err
		}
		return aws.ToString(out.MessageId), nil
	}, nil
}
