"""Results coming in: any encoding is read, rows are checked one by one, good ones kept, bad ones given back."""
