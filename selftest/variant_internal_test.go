package selftest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"reflect"
	"testing"
	"time"
)

const message = `{"requestId":"499a5a4a-7dda-4f20-9b67-e24589627061","timestamp":"2026-01-02T03:04:05.678Z","error":{"code":1000,"message":"अ 🙂"},"resp":{"requestId":"3fa85f64-5717-4562-b3fc-2c963f66afa6"}}`

// A variant that changed what a message says would be no lawful one.
func TestVariantsOfABodySayTheSame(t *testing.T) {
	for name, write := range map[string]func([]byte) ([]byte, error){"pretty": pretty, "reversed": reversed, "escaped": escaped} {
		text, err := write([]byte(message))
		var want, got any
		if err := errors.Join(err, json.Unmarshal([]byte(message), &want), json.Unmarshal(text, &got)); err != nil || !reflect.DeepEqual(want, got) {
			t.Errorf("%s: %v %s", name, err, text)
		}
		if string(text) == message {
			t.Errorf("%s changes nothing", name)
		}
	}
	for name, c := range map[string]struct {
		write func([]byte) ([]byte, error)
		holds string
	}{
		"upper case": {envelopeIDs(upper), `{"requestId":"3FA85F64-5717-4562-B3FC-2C963F66AFA6"}`},
		"stamped":    {stamped("2006-01-02T15:04:05.000Z07:00", india), `+05:30"`},
		"annotated":  {annotated, `"retryable":true`},
	} {
		text, err := c.write([]byte(message))
		if err != nil || !json.Valid(text) || !bytes.Contains(text, []byte(c.holds)) {
			t.Errorf("%s: %v %s", name, err, text)
		}
	}
}

func TestRelayCarriesBothWaysSlowlyAndEnds(t *testing.T) {
	target, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	go func() {
		for {
			c, err := target.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	const latency = 30 * time.Millisecond
	r, err := openRelay(t.Context(), network{latency: latency, jitter: latency, fragment: 3}, target.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	c, err := net.Dial("tcp", r.addr())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, message); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	echo, err := io.ReadAll(c)
	if err != nil || string(echo) != message {
		t.Errorf("%v %q", err, echo)
	}
	if took := time.Since(began); took < 2*latency {
		t.Errorf("both ways took %s; each takes %s at least", took, latency)
	}
	open, err := net.Dial("tcp", r.addr())
	if err != nil {
		t.Fatal(err)
	}
	r.close()
	if err := open.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var late net.Error
	if _, err := open.Read(make([]byte, 1)); err == nil || errors.As(err, &late) && late.Timeout() {
		t.Errorf("a closed relay leaves connections open: %v", err)
	}
}
