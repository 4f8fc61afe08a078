package journal

import (
	"strings"

	"abdm.example/conformance/contract"
)

// everywhere are members that are sensitive wherever they stand, by normal name.
var everywhere = map[string]string{
	"token": kindToken, "accesstoken": kindToken, "refreshtoken": kindToken, "idtoken": kindToken, "linktoken": kindToken, "jwt": kindToken,
	"assertion": kindToken, "apikey": kindToken,
	"secret": kindSecret, "clientsecret": kindSecret, "password": kindSecret, "passwd": kindSecret, "passphrase": kindSecret,
	"authcode": kindOTP, "otp": kindOTP, "passcode": kindOTP,
	"dateofbirth": kindDOB, "dob": kindDOB, "birthdate": kindDOB,
	"yearofbirth": kindYear, "monthofbirth": kindMonth, "dayofbirth": kindDay,
	"identifier": kindIdentifier, "identifiers": kindIdentifier,
	"mobile": kindPhone, "mobilenumber": kindPhone, "phone": kindPhone, "phonenumber": kindPhone,
}

// ofPatient are members that are sensitive below a patient or a demographic.
var ofPatient = map[string]string{
	"name": kindName, "firstname": kindName, "middlename": kindName, "lastname": kindName, "fullname": kindName, "fathername": kindName,
	"address": kindAddress, "line": kindAddress, "district": kindAddress, "state": kindAddress, "pincode": kindAddress,
	"email": kindIdentifier, "abhanumber": kindIdentifier, "abhaaddress": kindIdentifier, "healthid": kindIdentifier,
	"healthidnumber": kindIdentifier, "healthnumber": kindIdentifier,
}

// memberKind is the kind of value that a member holds, "" for one that is no secret. The name is normal, so that
// a misspelt or re-cased member (AccessToken, auth_code) is caught as well.
func memberKind(name string, within place) string {
	if kind, ok := everywhere[name]; ok {
		return kind
	}
	switch {
	case strings.HasSuffix(name, "token"):
		return kindToken
	case strings.HasSuffix(name, "secret"), strings.HasSuffix(name, "password"):
		return kindSecret
	case strings.HasSuffix(name, "authcode"), strings.HasSuffix(name, "otp"):
		return kindOTP
	case name == "hint" && within.parent == "meta":
		return kindHint
	case name == "id" && (within.parent == "query" || within.parent == "patient"):
		return kindPatient
	case within.patient:
		return ofPatient[name]
	}
	return ""
}

// normal is a member's name without case, hyphens, underscores and spaces.
func normal(name string) string {
	plain := true
	for i := range len(name) {
		c := name[i]
		if c < 'a' || c > 'z' {
			plain = false
			break
		}
	}
	if plain {
		return name
	}
	if known, ok := normalMembers[name]; ok {
		return known
	}
	return squeezed(name)
}

// normalMembers are the normal names of the contract's own members, which are asked for all the time.
var normalMembers = func() map[string]string {
	known := map[string]string{}
	for name := range members {
		known[name] = squeezed(name)
	}
	return known
}()

func squeezed(name string) string {
	return strings.Map(func(c rune) rune {
		switch c {
		case '-', '_', ' ', '.':
			return -1
		}
		return c
	}, strings.ToLower(name))
}

// members are the names of the contract's own members; they are no secret whatever a body says.
var members = words(`requestId timestamp query id purpose requester type authMode resp auth modes error code message
	transactionId mode meta hint expiry credential authCode demographic name gender dateOfBirth identifier value accessToken
	validity limit patient yearOfBirth monthOfBirth dayOfBirth address line district state pincode identifiers status
	acknowledgement clientId clientSecret grantType refreshToken expiresIn refreshExpiresIn tokenType`)

func contractMember(name string) bool { return members[name] }

// common are words that tests put where a secret belongs, and vocabulary; by lower case.
var common = func() map[string]bool {
	list := words(`not string number object boolean undefined unknown invalid garbage expired example sample missing random secret
		password bearer client patient gateway health_number ndhm_health_number health_id mobile aadhaar female others
		conformance application yesterday tomorrow nobody
		a an and any array bad body correct date empty false format is it json long member no none null of or other
		some test text that the this time true type uuid valid was what with wrong contract year`)
	for _, set := range [][]string{contract.Modes, contract.Purposes, {contract.Granted, contract.Denied}} {
		for _, word := range set {
			list[strings.ToLower(word)] = true
		}
	}
	for name := range members {
		list[strings.ToLower(name)] = true
	}
	return list
}()

// ordinary says whether a value is of the contract's vocabulary or made of ordinary words alone, such as the "not an
// object" that negative cases put everywhere: searching for it would redact everything.
func ordinary(value string) bool {
	value = strings.ToLower(strings.TrimSpace(value))
	if common[value] {
		return true
	}
	for word := range strings.FieldsFuncSeq(value, func(c rune) bool { return c == ' ' || c == '-' || c == '_' }) {
		if !common[word] {
			return false
		}
	}
	return true
}

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(list) {
		set[word] = true
	}
	return set
}
