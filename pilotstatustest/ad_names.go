package pilotstatustest

// namesOf returns what is known of an ad by now.
func (g *growthState) namesOf(adID string) adNames {
	if adID == "" {
		return adNames{}
	}
	return g.adNames[adID]
}

// resolve takes over the names that Meta gave, if it was asked.
func (f *referral) resolve(names adNames) {
	if names.resolvedAt.IsZero() {
		return
	}
	f.AdName, f.AdsetID, f.AdsetName = names.Ad, names.AdsetID, names.Adset
	f.CampaignID, f.CampaignName, f.NamesResolvedAt = names.CampaignID, names.Campaign, names.resolvedAt
}

// adNamesAnswer is the part of an answer that comes later than the event.
type adNamesAnswer struct {
	AdName          *string `json:"adName"`
	AdsetID         *string `json:"adsetId"`
	AdsetName       *string `json:"adsetName"`
	CampaignID      *string `json:"campaignId"`
	CampaignName    *string `json:"campaignName"`
	NamesResolvedAt *string `json:"namesResolvedAt"`
}

func (f *referral) names() adNamesAnswer {
	return adNamesAnswer{
		AdName: nullable(f.AdName), AdsetID: nullable(f.AdsetID), AdsetName: nullable(f.AdsetName),
		CampaignID: nullable(f.CampaignID), CampaignName: nullable(f.CampaignName), NamesResolvedAt: stamp(f.NamesResolvedAt),
	}
}
