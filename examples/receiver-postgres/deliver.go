package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"

	"github.com/pilotstatus/pilotstatus-go"
)

// sample returns the body of a message event as the API delivers it.
func sample(name, id string, more map[string]any) (string, error) {
	data := map[string]any{
		"numberId": "num_1", "messageId": "wamid." + id, "id": id, "type": "text", "fromMe": true,
		"createdAt": "2026-11-03T14:11:07.120Z", "from": "+5511900000001", "to": "+5521900000002", "content": "Hi",
	}
	maps.Copy(data, more)
	body, err := json.Marshal(map[string]any{"event": name, "data": data})
	return string(body), err
}

// deliver makes one delivery, signed as the API signs it, and returns the status of the
// answer.
func deliver(ctx context.Context, client *http.Client, url, secret, body string) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	request.Header.Set(pilotstatus.SignatureHeader, hex.EncodeToString(mac.Sum(nil)))
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body) // or the connection is not used again
	return response.StatusCode, err
}
