select from_classification, from_code, to_classification, to_code, relationship, is_conversion = 'true' as is_conversion from {{ source('raw','unsd__correlations') }}
