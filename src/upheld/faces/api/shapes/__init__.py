"""What is sent to the API and what it answers, as shapes with descriptions: the OpenAPI document is made from them."""
