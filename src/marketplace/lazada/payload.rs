//! The XML that quantities are sent in.

use super::super::Item;

/// The element that holds a quantity, of a SKU and of a warehouse. It is what the pages of UpdateSellableQuantity show;
/// UpdatePriceQuantity calls it `Quantity`. Unconfirmed for warehouses, where somebody found `Quantity` to be taken.
const QUANTITY: &str = "SellableQuantity";

/// The payload for these items.
pub(super) fn of(items: &[&Item]) -> String {
    let skus: String = by_sku(items).iter().map(|items| sku(items)).collect();
    format!("<Request><Product><Skus>{skus}</Skus></Product></Request>")
}

/// The items of one SKU after the other. Those with a warehouse and one without are two entries, since an entry has the one
/// form or the other.
fn by_sku<'a>(items: &[&'a Item]) -> Vec<Vec<&'a Item>> {
    let form = |item: &Item| {
        (
            item.product_id.clone(),
            item.variant_id.clone(),
            item.location_id.is_empty(),
        )
    };
    let mut skus: Vec<Vec<&Item>> = Vec::new();
    for item in items {
        match skus.iter_mut().find(|sku| form(sku[0]) == form(item)) {
            Some(sku) => sku.push(item),
            None => skus.push(vec![item]),
        }
    }
    skus
}

/// The entry for items of one SKU.
pub(super) fn sku(items: &[&Item]) -> String {
    let Some(first) = items.first() else {
        return String::new();
    };
    let inventory = |item: &&Item| {
        let code = element("WarehouseCode", &item.location_id);
        element_of("MultiWarehouseInventory", &format!("{code}{}", quantity(item)))
    };
    let quantity = match first.location_id.is_empty() {
        true => quantity(first),
        false => {
            let inventories: String = items.iter().map(inventory).collect();
            element_of("MultiWarehouseInventories", &inventories)
        }
    };
    let ids = [
        element("ItemId", &first.product_id),
        element("SkuId", &first.variant_id),
    ]
    .concat();
    element_of("Sku", &format!("{ids}{quantity}"))
}

fn quantity(item: &Item) -> String {
    element(QUANTITY, &item.quantity.to_string())
}

fn element(name: &str, text: &str) -> String {
    element_of(name, &escaped(text))
}

fn element_of(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(sku: &str, warehouse: &str, quantity: i32) -> Item {
        Item {
            id: String::new(),
            sku: String::new(),
            product_id: "1".to_owned(),
            variant_id: sku.to_owned(),
            location_id: warehouse.to_owned(),
            quantity,
            sequence: 1,
        }
    }

    #[test]
    fn the_warehouses_of_a_sku_are_one_entry() {
        let items = [item("10", "a", 5), item("11", "", 6), item("10", "b", 7)];
        assert_eq!(
            of(&items.iter().collect::<Vec<_>>()),
            "<Request><Product><Skus>\
             <Sku><ItemId>1</ItemId><SkuId>10</SkuId><MultiWarehouseInventories>\
             <MultiWarehouseInventory><WarehouseCode>a</WarehouseCode><SellableQuantity>5</SellableQuantity></MultiWarehouseInventory>\
             <MultiWarehouseInventory><WarehouseCode>b</WarehouseCode><SellableQuantity>7</SellableQuantity></MultiWarehouseInventory>\
             </MultiWarehouseInventories></Sku>\
             <Sku><ItemId>1</ItemId><SkuId>11</SkuId><SellableQuantity>6</SellableQuantity></Sku>\
             </Skus></Product></Request>"
        );
    }

    #[test]
    fn texts_stay_texts() {
        let hostile = item("10", "</WarehouseCode>&\"'", 1);
        let text = sku(&[&hostile]);
        assert!(
            text.contains("<WarehouseCode>&lt;/WarehouseCode&gt;&amp;&quot;&apos;</WarehouseCode>"),
            "{text}"
        );
    }
}
